import { defineIdentifier, type Identifier, RESOURCE_ID, RESOURCE_ID_EXPECTED } from './identifier.ts';

/** Names a service account; `client_id` of a native token (RFC 9068 §2.2). */
export type AccountId = Identifier<'AccountId'>;
export const AccountId = defineIdentifier<AccountId>(RESOURCE_ID, RESOURCE_ID_EXPECTED);
