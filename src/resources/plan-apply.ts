import { isDeepStrictEqual } from 'node:util';
import type { Namespace } from '../accounts/namespace.ts';
import type { Policy } from '../policy/policy.ts';
import type { Route } from '../routes/route.ts';
import type { Write } from '../store/port.ts';
import { checkAccounts } from './check-accounts.ts';
import { checkDirectory } from './check-directory.ts';
import { checkPlaces } from './check-places.ts';
import {
  RECORD_KIND_OF,
  type Resource,
  ResourceError,
  type ResourceKind,
  type ResourceProblem,
} from './resource.ts';
import type { Plan, Reader } from './transact.ts';

export type ChangeAction = 'create' | 'update' | 'unchanged';

export interface Change {
  readonly action: ChangeAction;
  readonly kind: ResourceKind;
  readonly id: string;
}

/** Everything that shapes decisions, as it would be after the change. */
export interface NextPlaces {
  readonly namespaces: Map<string, Namespace>;
  readonly policies: Map<string, Policy>;
  readonly routes: Map<string, Route>;
}

/** Collects what is wrong with a resource, under its kind and id. */
export type Complain = (resource: Resource, field: string, message: string) => void;

/**
 * Works out what applying the resources would write, judged by the whole that would result.
 * Throws `ResourceError` with every mistake.
 * @param now milliseconds since the epoch, for accounts made by it
 */
export async function planApply(
  resources: readonly Resource[],
  reader: Reader,
  now: number,
): Promise<Plan<Change[]>> {
  const problems: ResourceProblem[] = [];
  const complain: Complain = ({ kind, spec, origin }, field, message) => {
    problems.push({
      origin,
      path: [`${kind} ${spec.id}`, field].filter((part) => part !== '').join(': '),
      message,
    });
  };

  const places = await readPlaces(reader);
  const before = await readCurrent(resources, places, reader);
  for (const resource of resources) place(resource, places);

  const isNew = (resource: Resource) => !isDeepStrictEqual(before.get(resource), resource.spec);
  checkPlaces(resources.filter(isNew), places, complain);
  await checkDirectory(resources, reader, complain);
  const accountPlans = await checkAccounts(resources, places, reader, now, complain);
  if (problems.length > 0) throw new ResourceError(problems);

  const changes: Change[] = [];
  const writes: Write[] = [];
  for (const resource of resources) {
    const { kind, spec } = resource;
    const plan = kind === 'ServiceAccount' ? accountPlans.get(spec.id) : undefined;
    const written = plan
      ? plan.writes
      : isNew(resource)
        ? [{ key: { kind: RECORD_KIND_OF[kind], id: spec.id }, value: spec }]
        : [];
    const exists = plan ? plan.existed : before.get(resource) !== undefined;
    changes.push({
      action: written.length === 0 ? 'unchanged' : exists ? 'update' : 'create',
      kind,
      id: spec.id,
    });
    writes.push(...written);
  }
  return { writes, result: changes };
}

async function readPlaces(reader: Reader): Promise<NextPlaces> {
  const places: NextPlaces = { namespaces: new Map(), policies: new Map(), routes: new Map() };
  for await (const namespace of reader.all('namespace')) places.namespaces.set(namespace.id, namespace);
  for await (const policy of reader.all('policy')) places.policies.set(policy.id, policy);
  for await (const route of reader.all('route')) places.routes.set(route.id, route);
  return places;
}

/** What each resource is now, but for service accounts, which `checkAccounts` compares. */
async function readCurrent(
  resources: readonly Resource[],
  places: NextPlaces,
  reader: Reader,
): Promise<Map<Resource, unknown>> {
  const idsOf = (kind: ResourceKind) =>
    resources.filter((resource) => resource.kind === kind).map(({ spec }) => spec.id);
  const users = await reader.findAll('directory_user', idsOf('DirectoryUser'));
  const groups = await reader.findAll('directory_group', idsOf('DirectoryGroup'));
  const current: Record<ResourceKind, ReadonlyMap<string, unknown>> = {
    Namespace: places.namespaces,
    Policy: places.policies,
    Route: places.routes,
    DirectoryUser: users,
    DirectoryGroup: groups,
    ServiceAccount: new Map(),
  };
  return new Map(resources.map((resource) => [resource, current[resource.kind].get(resource.spec.id)]));
}

function place(resource: Resource, places: NextPlaces): void {
  if (resource.kind === 'Namespace') places.namespaces.set(resource.spec.id, resource.spec);
  else if (resource.kind === 'Policy') places.policies.set(resource.spec.id, resource.spec);
  else if (resource.kind === 'Route') places.routes.set(resource.spec.id, resource.spec);
}
