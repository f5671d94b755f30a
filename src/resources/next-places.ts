import type { Namespace } from '../accounts/namespace.ts';
import type { Policy } from '../policy/policy.ts';
import type { Route } from '../routes/route.ts';
import type { Resource } from './resource.ts';

/** Everything that shapes decisions, as it would be after the change. */
export interface NextPlaces {
  readonly namespaces: Map<string, Namespace>;
  readonly policies: Map<string, Policy>;
  readonly routes: Map<string, Route>;
}

/** Collects what is wrong with a resource, under its kind and id. */
export type Complain = (resource: Resource, field: string, message: string) => void;
