import { defineResourceId, type Identifier } from './identifier.ts';

/** The id of a service account, and `client_id` of a native token (RFC 9068 §2.2). */
export type AccountId = Identifier<'AccountId'>;
export const AccountId = defineResourceId<AccountId>();
