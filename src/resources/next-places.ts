import type { Namespace } from '../accounts/namespace.ts';
import type { RoleBinding } from '../roles/role-binding.ts';
import type { Route } from '../routes/route.ts';
import type { ResourceKind, ResourceOrigin } from './resource.ts';

/** Everything that shapes decisions, as it would be after the change. */
export interface NextPlaces {
  readonly namespaces: Map<string, Namespace>;
  /** Where each policy is. */
  readonly policies: Map<string, string>;
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
