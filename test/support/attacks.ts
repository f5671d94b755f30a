import type { Store, Write } from '../../src/store/port.ts';
import { costlyRegex, LINT_SHAPES, largeApply, largeScimUser, manyAnchors } from '../planes/attack-bodies.ts';
import type { AttackPlan } from '../planes/attack-plan.ts';
import { fillStore } from './scale/fill-store.ts';
import type { ScaleSize } from './scale/scale-records.ts';

/** What attacks need of what they attack. */
export interface AttackTarget {
  /** Where Envoy's plain listener is. */
  readonly meshPort: number;
  readonly adminPort: number;
  /** Credentials of team-a for the admin API, and one of an admin of everything. */
  readonly viewer: string;
  readonly manager: string;
  readonly admin: string;
  /** Writes a body for an attack; its path. */
  bodyFile(name: string, body: string): string;
}

/** One row of the table. */
export interface Attack {
  readonly name: string;
  /** The statuses of answers that show that the attack got to what it is about; at least one of them is expected. */
  readonly reaches: readonly number[];
  plan(target: AttackTarget): readonly AttackPlan[];
  /** Whether other commits come meanwhile, ten a second. */
  readonly commits?: true;
}

/** Attacks on one mesh, one after the other. */
export interface AttackGroup {
  /** What the store holds before anything runs on it. */
  readonly fill?: (store: Store) => Promise<unknown>;
  readonly attacks: readonly Attack[];
}

/** Milliseconds in which an attack begins requests. */
export const LASTS = 6_000;
const json = (jwt?: string) => ({
  'content-type': 'application/json',
  ...(jwt !== undefined && { authorization: `Bearer ${jwt}` }),
});

function postsWithoutCredential(name: string, path: string, contentType: string, body: () => string): Attack {
  return {
    name: `20 × 8 MB at once, no credential, ${name}`,
    reaches: [401],
    plan: (target) => [
      {
        port: target.adminPort,
        parallel: 20,
        lasts: LASTS,
        requests: [
          {
            method: 'POST',
            path,
            headers: { 'content-type': contentType },
            bodyFile: target.bodyFile('posted.json', body()),
          },
        ],
      },
    ],
  };
}

function lints(shape: string, text: () => string): Attack {
  return {
    name: `lint of 900 KB, ${shape}`,
    // What is too deep or too much may be refused without being read to its end.
    reaches: [200, 400, 413, 422],
    plan: (target) => [
      {
        port: target.adminPort,
        parallel: 2,
        lasts: LASTS / 2,
        requests: [
          {
            method: 'POST',
            path: '/api/v1/policies:lint',
            headers: json(target.viewer),
            bodyFile: target.bodyFile('lint.json', JSON.stringify({ text: text() })),
          },
        ],
      },
    ],
  };
}

function applies(name: string, query: string): Attack {
  return {
    name: `3 × 8 MB apply at once, ${name}`,
    reaches: [200, 413, 422],
    plan: (target) => [
      {
        port: target.adminPort,
        parallel: 3,
        lasts: LASTS,
        requests: [
          {
            method: 'POST',
            path: `/api/v1/resources:apply${query}`,
            headers: json(target.manager),
            bodyFile: target.bodyFile('apply.json', largeApply()),
          },
        ],
      },
    ],
  };
}

/** Several attacks at once. */
function together(name: string, attacks: readonly Attack[]): Attack {
  return {
    name,
    reaches: attacks.flatMap(({ reaches }) => reaches),
    plan: (target) => attacks.flatMap(({ plan }) => plan(target)),
  };
}

const size = (changes: Partial<ScaleSize>): ScaleSize => ({
  ...{ accounts: 1, impersonating: 0, routes: 1, credentials: 1 },
  ...changes,
});

/** An older version took them. */
async function storeCostlyRegexes(store: Store): Promise<void> {
  const tenant = { parent: 'global', name: 'Tenant', hosts: ['tenant.localhost'], default_policies: [] };
  const writes: Write[] = [{ key: { kind: 'namespace', id: 'tenant' }, value: { id: 'tenant', ...tenant } }];
  for (let n = 0; n < 10; n += 1) {
    const id = `costly-${n}`;
    const route = { namespace: 'tenant', hosts: ['tenant.localhost'], policies: [], encoded_slash: 'refuse' };
    writes.push({ key: { kind: 'route', id }, value: { id, ...route, path: { regex: costlyRegex(n) } } });
  }
  const { revision } = await store.position();
  if (!('committed' in (await store.commit(revision, writes)))) throw new Error('another process writes');
}

const callsOfCostlyRoutes = (target: AttackTarget, host: string): AttackPlan => ({
  port: target.meshPort,
  parallel: 2,
  lasts: LASTS,
  pause: 50,
  // One that expressions are matched against, and one that is too long for that.
  requests: [500, 999].map((length) => ({
    method: 'GET',
    path: `/${'a'.repeat(length)}`,
    headers: { host },
  })),
});

export const ATTACK_GROUPS: readonly AttackGroup[] = [
  // Each on a mesh of its own: an address that is refused often is then refused at once, for whatever it asks.
  { attacks: [postsWithoutCredential('JSON', '/api/v1/resources:apply', 'application/json', largeApply)] },
  { attacks: [postsWithoutCredential('SCIM', '/scim/v2/Users', 'application/scim+json', largeScimUser)] },
  {
    attacks: [
      ...Object.entries(LINT_SHAPES).map(([shape, text]) => lints(shape, text)),
      applies('dry run', '?dry_run=true'),
      applies('stored', ''),
      together('lint of many anchors beside 3 × 8 MB apply, stored', [
        lints('many anchors', manyAnchors),
        applies('stored', ''),
      ]),
    ],
  },
  {
    fill: (store) => fillStore(store, size({ routes: 5_000 })),
    attacks: [
      {
        name: '100 explains at once, 5,000 policies stored',
        reaches: [200],
        plan: (target) => [
          {
            port: target.adminPort,
            parallel: 100,
            lasts: LASTS,
            requests: [
              {
                method: 'POST',
                path: '/api/v1/decisions:explain',
                headers: json(target.viewer),
                bodyFile: target.bodyFile(
                  'explain.json',
                  JSON.stringify({ url: 'https://verify.localhost/', account: 'robot' }),
                ),
              },
            ],
          },
        ],
      },
    ],
  },
  {
    fill: (store) => fillStore(store, size({ accounts: 30_000, routes: 10 })),
    attacks: [
      {
        name: '20 × GET /resources at once, 30,000 accounts stored',
        reaches: [200],
        plan: (target) => [
          {
            port: target.adminPort,
            parallel: 20,
            lasts: LASTS,
            requests: [{ method: 'GET', path: '/api/v1/resources', headers: json(target.admin) }],
          },
        ],
      },
      {
        name: '20 × GET /resources at once by a viewer of one namespace, 30,000 accounts stored',
        reaches: [200],
        plan: (target) => [
          {
            port: target.adminPort,
            parallel: 20,
            lasts: LASTS,
            requests: [{ method: 'GET', path: '/api/v1/resources', headers: json(target.viewer) }],
          },
        ],
      },
    ],
  },
  {
    attacks: [
      {
        name: '10 costly regexes sent, and called',
        reaches: [200, 422],
        plan: (target) => [
          {
            port: target.adminPort,
            parallel: 1,
            lasts: LASTS,
            pause: 100,
            requests: Array.from({ length: 10 }, (_, n) => ({
              method: 'PUT',
              path: `/api/v1/routes/costly-${n}`,
              headers: { ...json(target.manager), 'if-none-match': '*' },
              bodyFile: target.bodyFile(
                `route-${n}.json`,
                JSON.stringify({
                  ...{ id: `costly-${n}`, namespace: 'team-a', hosts: ['costly.named.localhost'] },
                  path: { regex: costlyRegex(n) },
                }),
              ),
            })),
          },
          callsOfCostlyRoutes(target, 'costly.named.localhost'),
        ],
      },
    ],
  },
  {
    fill: storeCostlyRegexes,
    attacks: [
      {
        name: '10 costly regexes stored, not called, 10 commits a second',
        reaches: [],
        plan: () => [],
        commits: true,
      },
      {
        name: '10 costly regexes stored and called, 10 commits a second',
        // As a policy does that is not usable, for their host alone.
        reaches: [503],
        plan: (target) => [callsOfCostlyRoutes(target, 'tenant.localhost')],
        commits: true,
      },
    ],
  },
];
