import { defineResourceId, type Identifier } from '../accounts/identifier.ts';

/** Names one JWT of a service account; its `jti` (RFC 7519 §4.1.7). */
export type CredentialId = Identifier<'CredentialId'>;
export const CredentialId = defineResourceId<CredentialId>();
