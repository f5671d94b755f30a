import {
  defineIdentifier,
  type Identifier,
  RESOURCE_ID,
  RESOURCE_ID_EXPECTED,
} from '../accounts/identifier.ts';

/** Names one JWT of a service account; its `jti` (RFC 7519 §4.1.7). */
export type CredentialId = Identifier<'CredentialId'>;
export const CredentialId = defineIdentifier<CredentialId>(RESOURCE_ID, RESOURCE_ID_EXPECTED);
