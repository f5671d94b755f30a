import type { Namespace } from '../../accounts/namespace-schema.ts';
import type { ResourceKind, ResourceOrigin } from '../../manifests/resource.ts';
import type { Policy } from '../../policy/policy-schema.ts';
import type { RoleBinding } from '../../roles/role-binding-schema.ts';
import type { Route } from '../../routes/route-schema.ts';

/** Everything that shapes decisions, as it would be after the change. */
export interface NextPlaces {
  readonly namespaces: Map<string, Namespace>;
  readonly policies: Map<string, Policy>;
  readonly routes: Map<string, Route>;
  readonly roleBindings: Map<string, RoleBinding>;
}

/** What a change is about: a resource to make, or the name of one to take away. */
export interface Subject {
  readonly kind: ResourceKind;
  readonly spec: { readonly id: string };
  readonly origin: ResourceOrigin;
}

/** One resource to take away. */
export type Removal = Subject;

/** Collects what is wrong with a resource, under its kind and id. */
export type Complain = (subject: Subject, field: string, message: string) => void;
