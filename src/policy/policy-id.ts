import {
  defineIdentifier,
  type Identifier,
  RESOURCE_ID,
  RESOURCE_ID_EXPECTED,
} from '../accounts/identifier.ts';

/** Names a policy. */
export type PolicyId = Identifier<'PolicyId'>;
export const PolicyId = defineIdentifier<PolicyId>(RESOURCE_ID, RESOURCE_ID_EXPECTED);
