import { z } from 'zod';
import { DirectoryGroup, DirectoryUser } from '../accounts/directory-schema.ts';
import { NamespaceSpec } from '../accounts/namespace-schema.ts';
import { ServiceAccountSpec } from '../accounts/service-account-schema.ts';
import { Policy } from '../policy/policy-schema.ts';
import { RoleBinding } from '../roles/role-binding-schema.ts';
import { Route } from '../routes/route-schema.ts';

/** What a kind of resource is called, what an operator writes of it, and who may. */
interface ResourceKindEntry {
  /** The part that an operator writes. */
  readonly schema: z.ZodObject;
  /** Where the API has it. */
  readonly path: `/${string}`;
  /** Its plural, as the contract has it. */
  readonly collection: string;
  /** What the command line takes for its name, too. */
  readonly shortNames: readonly string[];
  /** The role that writes it in its namespace; `authorizeChanges` may require more. */
  readonly writer: 'manager' | 'admin';
}

/** The kinds that `apply` takes, in the order in which one may need the other. */
export const RESOURCE_KINDS = {
  Namespace: {
    schema: NamespaceSpec,
    path: '/namespaces',
    collection: 'namespaces',
    shortNames: ['ns'],
    writer: 'manager',
  },
  DirectoryGroup: {
    schema: DirectoryGroup,
    path: '/directory-groups',
    collection: 'directoryGroups',
    shortNames: ['group', 'groups', 'dg'],
    writer: 'admin',
  },
  DirectoryUser: {
    schema: DirectoryUser,
    path: '/directory-users',
    collection: 'directoryUsers',
    shortNames: ['user', 'users', 'du'],
    writer: 'admin',
  },
  Policy: {
    schema: Policy,
    path: '/policies',
    collection: 'policies',
    shortNames: ['pol'],
    writer: 'manager',
  },
  Route: {
    schema: Route,
    path: '/routes',
    collection: 'routes',
    shortNames: ['rt'],
    writer: 'manager',
  },
  ServiceAccount: {
    schema: ServiceAccountSpec,
    path: '/service-accounts',
    collection: 'serviceAccounts',
    shortNames: ['account', 'accounts', 'sa'],
    writer: 'manager',
  },
  RoleBinding: {
    schema: RoleBinding,
    path: '/role-bindings',
    collection: 'roleBindings',
    shortNames: ['role', 'roles', 'rb'],
    writer: 'admin',
  },
} as const satisfies Record<string, ResourceKindEntry>;

export type ResourceKind = keyof typeof RESOURCE_KINDS;
export const ResourceKind = z.enum(Object.keys(RESOURCE_KINDS) as [ResourceKind, ...ResourceKind[]]);
export type SpecOf<K extends ResourceKind> = z.output<(typeof RESOURCE_KINDS)[K]['schema']>;

/** Service accounts have operations of their own. */
export type PlainKind = Exclude<ResourceKind, 'ServiceAccount'>;
type PerCollection<T> = { readonly [K in PlainKind as (typeof RESOURCE_KINDS)[K]['collection']]: T };

/** Makes one value for each plain kind, by the name of its collection. */
export function perCollection<T>(make: (kind: PlainKind) => T): PerCollection<T> {
  const kinds = ResourceKind.options.filter((kind) => kind !== 'ServiceAccount');
  return Object.fromEntries(
    kinds.map((kind) => [RESOURCE_KINDS[kind].collection, make(kind)]),
  ) as PerCollection<T>;
}
