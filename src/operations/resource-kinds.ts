import { GLOBAL } from '../accounts/namespace-id.ts';
import { RESOURCE_KINDS, ResourceKind, type SpecOf } from '../contract/resource-kinds.ts';
import type { StoredResource } from '../manifests/resource.ts';
import type { Role } from '../roles/role-schema.ts';
import type { StoreContents } from '../store/port.ts';
import type { RecordKind, RecordOf, StoredRecord } from '../store/record.ts';

/** Where a resource is: in the namespace that it names, in `global`, or in itself. */
type Place = 'itself' | 'global' | 'namespace';

/** How resources of each kind are stored. */
export const STORED_KINDS = {
  Namespace: { record: 'namespace', place: 'itself' },
  DirectoryGroup: { record: 'directory_group', place: 'global' },
  DirectoryUser: { record: 'directory_user', place: 'global' },
  Policy: { record: 'policy', place: 'namespace' },
  Route: { record: 'route', place: 'namespace' },
  ServiceAccount: { record: 'service_account', place: 'namespace' },
  RoleBinding: { record: 'role_binding', place: 'namespace' },
} as const satisfies Record<ResourceKind, { readonly record: RecordKind; readonly place: Place }>;

type StoredKinds = typeof STORED_KINDS;
export type RecordKindOf<K extends ResourceKind> = StoredKinds[K]['record'];
type RecordOfResource<K extends ResourceKind> = RecordOf<RecordKindOf<K>>;

/** The part of a record that an operator writes. */
const SPECS: { readonly [K in ResourceKind]: (record: RecordOfResource<K>) => SpecOf<K> } = {
  Namespace: ({ created_revision: _, ...spec }) => spec,
  DirectoryGroup: whole,
  DirectoryUser: whole,
  Policy: whole,
  Route: whole,
  ServiceAccount: ({ created_at: _at, created_by: _by, credentials: _, ...spec }) => spec,
  RoleBinding: whole,
};

function whole<T>(record: T): T {
  return record;
}

/** The kinds whose records are in namespaces. */
export type PlacedKind = {
  [K in ResourceKind]: StoredKinds[K]['place'] extends 'global' ? never : StoredKinds[K]['record'];
}[ResourceKind];
export const PLACED_KINDS: readonly PlacedKind[] = Object.values(STORED_KINDS).flatMap(({ record, place }) =>
  place === 'global' ? [] : [record],
);

export const RESOURCE_KIND_OF: ReadonlyMap<RecordKind, ResourceKind> = new Map(
  ResourceKind.options.map((kind) => [STORED_KINDS[kind].record, kind]),
);

/** The part of a record that an operator writes. */
export function specOf<K extends ResourceKind>(kind: K, record: RecordOfResource<K>): SpecOf<K> {
  return SPECS[kind](record);
}

export function resourceOf<K extends ResourceKind>(kind: K, record: RecordOfResource<K>): StoredResource<K> {
  const spec = specOf(kind, record);
  return { kind, spec };
}

/** The role that writes records of a kind where they are. */
export function writerOf(kind: RecordKind): Role {
  const resourceKind = RESOURCE_KIND_OF.get(kind);
  return resourceKind ? RESOURCE_KINDS[resourceKind].writer : 'admin';
}

/** What a store would hold to which nothing but these was applied. */
export function recordsOf(resources: readonly StoredResource[]): StoreContents {
  const records = resources.map(
    ({ kind, spec }): StoredRecord => ({
      kind: STORED_KINDS[kind].record,
      id: spec.id,
      revision: 1,
      value: spec,
    }),
  );
  return { position: { epoch: 'resources', revision: 1 }, records };
}

export function namespaceOf({ kind, spec }: StoredResource): string {
  return placeOf(STORED_KINDS[kind].place, spec);
}

export function namespaceOfRecord<K extends RecordKind>(kind: K, record: RecordOf<K>): string {
  const resourceKind = RESOURCE_KIND_OF.get(kind);
  return placeOf(resourceKind ? STORED_KINDS[resourceKind].place : 'global', record);
}

function placeOf(
  place: Place,
  { id, namespace }: { readonly id: string; readonly namespace?: string | undefined },
): string {
  if (place === 'itself') return id;
  return (place === 'namespace' ? namespace : undefined) ?? GLOBAL;
}
