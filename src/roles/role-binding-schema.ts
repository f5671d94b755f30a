import { z } from 'zod';
import { AccountId } from '../accounts/account-id.ts';
import { identifier } from '../accounts/identifier-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { RoleBindingId } from './role-binding-id.ts';
import { Role } from './role-schema.ts';

/** Gives a service account a role in a namespace and those below it; the kind `RoleBinding` of `apply`. */
export const RoleBinding = z.strictObject({
  id: identifier(RoleBindingId),
  /** Whose role it is. */
  account: identifier(AccountId),
  role: Role,
  /** Where it holds: the account's own namespace or one below it. */
  namespace: identifier(NamespaceId),
  description: z.string().max(1024).default(''),
});
export type RoleBinding = z.infer<typeof RoleBinding>;
