import { defineResourceId, type Identifier } from '../accounts/identifier.ts';

/** The `jti` of a service account's JWT (RFC 7519 §4.1.7). */
export type CredentialId = Identifier<'CredentialId'>;
export const CredentialId = defineResourceId<CredentialId>();
