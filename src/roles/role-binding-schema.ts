import { z } from 'zod';
import { AccountId } from '../accounts/account-id.ts';
import { defineResourceId, type Identifier } from '../accounts/identifier.ts';
import { identifier } from '../accounts/identifier-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { Role } from './role-schema.ts';

export type RoleBindingId = Identifier<'RoleBindingId'>;
export const RoleBindingId = defineResourceId<RoleBindingId>();

export const RoleBinding = z
  .strictObject({
    id: identifier(RoleBindingId).describe('Chosen by the operator; never changes.'),
    account: identifier(AccountId).describe('The service account that has the role.'),
    role: Role.describe('What it may do; each role includes those before it.'),
    namespace: identifier(NamespaceId).describe(
      "Where the role holds, and below: the account's own namespace or one below it.",
    ),
    description: z.string().max(1024).default('').describe('What it is for.'),
  })
  .meta({
    id: 'RoleBinding',
    description: 'Gives a service account a role in a namespace and those below it.',
    example: { id: 'shop-manager', account: 'deploy', role: 'manager', namespace: 'shop', description: '' },
  });
export type RoleBinding = z.infer<typeof RoleBinding>;
