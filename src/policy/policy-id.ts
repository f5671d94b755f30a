import { defineResourceId, type Identifier } from '../accounts/identifier.ts';

/** Names a policy. */
export type PolicyId = Identifier<'PolicyId'>;
export const PolicyId = defineResourceId<PolicyId>();
