import type { Namespace } from '../../accounts/namespace-schema.ts';
import type { NamespaceTree, TreeProblem } from '../../accounts/namespace-tree.ts';
import type { ReportProgress } from '../../manifests/report-progress.ts';
import type { Resource, ResourceKind, ResourceOrigin, StoredResource } from '../../manifests/resource.ts';
import type { Policy } from '../../policy/policy-schema.ts';
import type { Grants } from '../../roles/grants.ts';
import type { RoleBinding } from '../../roles/role-binding-schema.ts';
import type { Route } from '../../routes/route-schema.ts';
import type { Reader } from '../reader.ts';

/** One resource of a change: to write, or only named to be deleted. */
export interface ResourceRef {
  readonly kind: ResourceKind;
  readonly spec: { readonly id: string };
  readonly origin: ResourceOrigin;
}

export type Removal = ResourceRef;

/** Collects what is wrong with a resource, under its kind and id. */
export type ReportProblem = (resource: ResourceRef, field: string, message: string) => void;

/** What is stored of each resource of a change; undefined if it does not exist. */
export type CurrentResources = ReadonlyMap<ResourceRef, StoredResource | undefined>;

/** A change with the state that it would lead to. Every `check-*` file checks a part of it. */
export interface ProposedChange {
  /** All that are applied, and of these the ones that differ from what is stored. */
  readonly resources: readonly Resource[];
  readonly written: readonly Resource[];
  readonly removals: readonly Removal[];
  readonly current: CurrentResources;

  /** As it is, and as it would be. */
  readonly tree: NamespaceTree;
  readonly nextTree: NamespaceTree;
  /** Problems of `nextTree` that `tree` does not have. */
  readonly treeProblems: readonly TreeProblem[];
  /** Written namespaces that exist and get other hosts or another parent. */
  readonly moved: readonly Resource<'Namespace'>[];
  /** Whether hosts or places of namespaces change: then every policy and every route is concerned. */
  readonly reshapes: boolean;

  /** All namespaces and role bindings as they would be; the policies and routes that the change concerns. */
  readonly namespaces: ReadonlyMap<string, Namespace>;
  readonly roleBindings: ReadonlyMap<string, RoleBinding>;
  readonly policies: ReadonlyMap<string, Policy>;
  readonly routes: ReadonlyMap<string, Route>;

  readonly reader: Reader;
  readonly grants: Grants;
  readonly report: ReportProblem;
  readonly progress: ReportProgress;
}

export function noNamespace(id: string): string {
  return `there is no namespace ${id}`;
}

export function refsByName<T extends ResourceRef>(refs: readonly T[]): ReadonlyMap<string, T> {
  return new Map(refs.map((ref) => [`${ref.kind} ${ref.spec.id}`, ref]));
}
