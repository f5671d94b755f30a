import {
  defineIdentifier,
  type Identifier,
  RESOURCE_ID,
  RESOURCE_ID_EXPECTED,
} from '../accounts/identifier.ts';

export type RoleBindingId = Identifier<'RoleBindingId'>;
export const RoleBindingId = defineIdentifier<RoleBindingId>(RESOURCE_ID, RESOURCE_ID_EXPECTED);
