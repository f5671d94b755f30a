// Issue 3, "Done when" 5: a manager of `team-a` can't, with any resource placed in `team-a` or below, change a decision
// on a host that `team-a` was not granted.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { isWithin } from '../../src/accounts/namespace-tree.ts';
import { parseResources } from '../../src/manifests/parse-resources.ts';
import { API_VERSION, ResourceError } from '../../src/manifests/resource.ts';
import { type Ask, World } from '../support/check-world.ts';
import { nodeOf } from '../support/namespaces.ts';
import { summarizeDecisions } from '../support/summarize-decisions.ts';

const MESH = `
{ kind: Namespace, id: global, default_policies: [any-account] }
---
{ kind: Namespace, id: open, parent: global, default_policies: [any-account, get-is-fine] }
---
{ kind: Namespace, id: org, parent: global, hosts: ['*.com', shared.org] }
---
{ kind: Namespace, id: team-a, parent: org, hosts: ['*.a.com', a.com, shared.org], default_policies: [any-account] }
---
{ kind: Namespace, id: a-sub, parent: team-a, hosts: [sub.a.com] }
---
{ kind: Namespace, id: team-b, parent: org, hosts: ['*.b.com', b.com, b.a.com, '*.deep.a.com'], enforcement: observe }
---
{ kind: Namespace, id: b-sub, parent: team-b, hosts: [x.b.com] }
---
{ kind: Policy, id: everybody, namespace: global, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Policy, id: any-account, namespace: global, ppl: { allow: { or: [authenticated_user: true] } } }
---
{ kind: Policy, id: get-is-fine, namespace: global, ppl: { allow: { or: [http_method: { is: GET }] } } }
---
{ kind: Policy, id: only-known, namespace: org, ppl: { allow: { or: [user: { in: [ann, berta, u-s1, dora] }] } } }
---
{ kind: Policy, id: no-secrets, namespace: org, enforced: true, ppl: { deny: { or: [http_path: { starts_with: /secret }] } } }
---
{ kind: Policy, id: b-watch, namespace: team-b, enforced: true, mode: shadow, ppl: { deny: { or: [user: ann] } } }
---
{ kind: Route, id: g-all, namespace: global, path: { prefix: /api }, policies: [any-account] }
---
{ kind: Route, id: g-known, namespace: global, hosts: ['*.org'], policies: [everybody] }
---
{ kind: Route, id: org-com, namespace: org, hosts: ['*.com'], path: { prefix: /api }, policies: [only-known] }
---
{ kind: Route, id: a-root, namespace: team-a, hosts: [a.com], policies: [any-account] }
---
{ kind: Route, id: b-all, namespace: team-b, policies: [only-known] }
---
{ kind: Route, id: b-x, namespace: b-sub, hosts: [x.b.com], path: { prefix: /api }, policies: [everybody] }
---
{ kind: DirectoryUser, id: dora, email: dora@example.com, groups: [ops] }
---
{ kind: ServiceAccount, id: ann, namespace: team-a, user_id: ann }
---
{ kind: ServiceAccount, id: berta, namespace: team-b, user_id: berta }
---
{ kind: ServiceAccount, id: olga, namespace: org, user_id: olga }
---
{ kind: ServiceAccount, id: gus, namespace: global, user_id: gus }
`;

const RUNS = 40;
const NAMESPACES = ['n1', 'n2', 'n3'];
const POLICIES = ['p1', 'p2', 'p3'];
const ROUTES = ['r1', 'r2', 'r3'];
const OWN_HOSTS = ['a.com', 'x.a.com', 'sub.a.com', 'shared.org', 'y.x.a.com', 'deep.a.com'];
const FOREIGN_HOSTS = [
  'b.a.com',
  'x.deep.a.com',
  'b.com',
  'x.b.com',
  'y.b.com',
  'c.com',
  'com',
  'other.org',
  'localhost',
  '..',
];

const place = fc.constantFrom('team-a', 'team-a', 'a-sub', ...NAMESPACES);
// Mostly what is team-a's to give, and now and then what is not.
const ownPattern = fc.constantFrom(
  'a.com',
  '*.a.com',
  'x.a.com',
  'sub.a.com',
  '*.x.a.com',
  'shared.org',
  'deep.a.com',
);
// Within what team-a was granted, and yet held by team-b.
const CONTESTED = ['b.a.com', '*.deep.a.com', 'x.deep.a.com', '*.x.deep.a.com'];
const ANY_PATTERNS = [
  ...OWN_HOSTS,
  ...FOREIGN_HOSTS.slice(0, -1),
  '*',
  '*.com',
  '*.org',
  '*.b.com',
  '*.deep.a.com',
  '*.a.com',
];
const anyPattern = fc.constantFrom(...ANY_PATTERNS);
const contested = fc.constantFrom(...CONTESTED);
const pattern = fc.oneof(
  { weight: 3, arbitrary: contested },
  { weight: 12, arbitrary: ownPattern },
  { weight: 1, arbitrary: anyPattern },
  { weight: 1, arbitrary: fc.constant('*') },
);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const policyIds = fc.uniqueArray(
  fc.oneof(
    { weight: 14, arbitrary: fc.constantFrom('everybody', 'any-account', 'only-known') },
    { weight: 4, arbitrary: fc.constantFrom(...POLICIES) },
    { weight: 1, arbitrary: fc.constantFrom('b-watch', 'none') },
  ),
  { maxLength: 2 },
);
const ppl = fc.constantFrom<object>(
  ...[
    { accept: true },
    { reject: true },
    { authenticated_user: true },
    { user: { is: 'gus' } },
    { http_path: { starts_with: '/api' } },
    { 'claim/team': 'x' },
  ].flatMap((criterion) => [
    { allow: { or: [criterion] } },
    { deny: { or: [criterion] } },
    { allow: { not: [criterion] } },
  ]),
);

const resource = fc.oneof(
  fc.record({
    kind: fc.constant('Namespace'),
    id: fc.constantFrom(...NAMESPACES, 'a-sub'),
    parent: place,
    hosts: optional(fc.uniqueArray(pattern, { maxLength: 2 })),
    default_policies: policyIds,
    enforcement: optional(fc.constantFrom('enforce', 'observe')),
  }),
  fc.record({
    kind: fc.constant('Policy'),
    id: fc.constantFrom(...POLICIES),
    namespace: place,
    enforced: fc.boolean(),
    mode: fc.constantFrom('enforce', 'enforce', 'shadow'),
    ppl,
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('Route'),
      id: fc.constantFrom(...ROUTES, 'a-root'),
      namespace: place,
      hosts: optional(fc.uniqueArray(pattern, { minLength: 1, maxLength: 3 })),
      path: optional(
        fc.constantFrom<object>(
          { prefix: '/api' },
          { prefix: '/api/v1' },
          { exact: '/api/v1' },
          { regex: '/.*' },
          { prefix: '/' },
        ),
      ),
      policies: policyIds,
      encoded_slash: fc.constantFrom('refuse', 'keep'),
    }),
  },
  fc
    .record({
      kind: fc.constant('ServiceAccount'),
      id: fc.constantFrom('s1', 's2'),
      namespace: place,
      who: fc.constantFrom<object>(
        { user_id: 'u-s1' },
        { user_id: 'u-s2' },
        { impersonate: 'dora' },
        { impersonate: 'dora' },
        { user_id: 'gus' },
      ),
      pomerium: fc.boolean(),
    })
    .map(({ who, ...account }) => ({ ...account, ...who })),
);

/** What is there from the start, so that the rest has somewhere to go: n1 and n2 in team-a, n3 below either. */
const first = fc
  .tuple(
    ...NAMESPACES.map(() => optional(fc.uniqueArray(pattern, { maxLength: 2 }))),
    fc.constantFrom('n1', 'n2'),
  )
  .map(([one, two, three, parent]) => [
    { kind: 'Namespace', id: 'n1', parent: 'team-a', hosts: one },
    { kind: 'Namespace', id: 'n2', parent: 'team-a', hosts: two },
    { kind: 'Namespace', id: 'n3', parent, hosts: three },
  ]);

/** Several at once; many name what is not there, and are refused. */
const batch = fc.uniqueArray(resource, {
  minLength: 1,
  maxLength: 3,
  selector: ({ kind, id }) => `${kind} ${id}`,
});

const CALLERS = [undefined, 'ann', 'berta', 'olga', 'gus', 'nobody'];
const PATHS = ['/', '/api/v1', '/secret', '/api/a%2fb', '//'];
const EXTENSIONS: Readonly<Record<string, string>>[] = [
  {},
  ...['b-all', 'g-all', 'a-root', 'r1', 'r2'].map((id) => ({ 'sallyport.route_id': id })),
  ...['team-b', 'global', 'open'].map((id) => ({ 'sallyport.namespace': id })),
];

/** Held by global alone: there Envoy may name any route without hosts, and whoever configures Envoy decides. */
const GRANTED_TO_NONE = ['com', 'other.org', 'localhost'];
const namesOwnRoute = (ext: Readonly<Record<string, string>>) =>
  ['a-root', 'r1', 'r2', 'r3'].includes(ext['sallyport.route_id'] ?? '');

function asksFor(hosts: readonly string[]): Ask[] {
  return hosts.flatMap((host) =>
    EXTENSIONS.filter((ext) => !(GRANTED_TO_NONE.includes(host) && namesOwnRoute(ext))).flatMap((ext) =>
      PATHS.flatMap((path) =>
        CALLERS.map((token) => ({
          host,
          path,
          ext,
          method: 'POST',
          ...(token === undefined ? {} : { token }),
        })),
      ),
    ),
  );
}

let mesh: World;
const foreign = asksFor(FOREIGN_HOSTS);
const own = asksFor(OWN_HOSTS);

async function openMesh(): Promise<World> {
  const world = await World.open(MESH);
  for (const id of ['ann', 'berta', 'olga', 'gus']) await world.addCredential(id, id);
  world.unmatched = 'open';
  return world;
}

before(async () => {
  mesh = await openMesh();
});
after(() => mesh.close());

test('the hosts are those that team-a was granted, and those that it was not', () => {
  const { tree } = mesh.snapshot;
  const held = (host: string) => isWithin(tree.hostOwnerOf(host), nodeOf(tree, 'team-a'));
  assert.deepEqual(OWN_HOSTS.filter(held), OWN_HOSTS);
  assert.deepEqual(FOREIGN_HOSTS.filter(held), []);
});

/** Applies what a manager wants; whether it was taken. */
async function isTaken(world: World, wanted: readonly object[]): Promise<boolean> {
  const text = wanted.map((fields) => JSON.stringify({ apiVersion: API_VERSION, ...fields })).join('\n---\n');
  try {
    await world.applyAll(parseResources([{ file: 'manager', text }]));
    return true;
  } catch (error) {
    assert.ok(error instanceof ResourceError, String(error));
    return false;
  }
}

test('no single namespace or route, for whatever hosts, changes a decision on a host that is not its own', async () => {
  const before = summarizeDecisions(mesh, foreign);
  let taken = 0;
  for (const host of [...ANY_PATTERNS, ...CONTESTED])
    for (const namespace of ['team-a', 'a-sub'])
      for (const wanted of [
        { kind: 'Namespace', id: 'n1', parent: namespace, hosts: [host] },
        { kind: 'Route', id: 'r1', namespace, hosts: [host], policies: ['everybody'] },
      ]) {
        const world = await openMesh();
        try {
          if (!(await isTaken(world, [wanted]))) continue;
          taken += 1;
          assert.deepEqual(summarizeDecisions(world, foreign), before, JSON.stringify(wanted));
        } finally {
          await world.close();
        }
      }
  assert.ok(taken > 10, `${taken} taken`);
});

test('property: nothing placed in team-a or below changes a decision on a host that is not its own', async () => {
  const beforeForeign = summarizeDecisions(mesh, foreign);
  const beforeOwn = summarizeDecisions(mesh, own);
  const allowed = beforeForeign.filter((decision) => decision.includes('"allow"')).length;
  assert.ok(allowed > 100 && allowed < foreign.length - 100, 'the decisions differ from one another');

  const seen = { accepted: 0, refused: 0, changedOwn: 0, kinds: new Set<string>() };
  const applied = async (world: World, wanted: readonly { kind: string }[]): Promise<boolean> => {
    const taken = await isTaken(world, wanted);
    if (taken) for (const { kind } of wanted) seen.kinds.add(kind);
    seen[taken ? 'accepted' : 'refused'] += 1;
    return taken;
  };

  await fc.assert(
    fc.asyncProperty(first, fc.array(batch, { minLength: 3, maxLength: 8 }), async (namespaces, batches) => {
      const world = await openMesh();
      try {
        for (const wanted of [...namespaces.map((namespace) => [namespace]), ...batches]) {
          if (!(await applied(world, wanted))) continue;
          const after = summarizeDecisions(world, foreign);
          for (const [index, ask] of foreign.entries())
            assert.equal(
              after[index],
              beforeForeign[index],
              `${JSON.stringify(ask)}\nafter ${JSON.stringify(wanted)}`,
            );
        }
        if (summarizeDecisions(world, own).some((decision, index) => decision !== beforeOwn[index]))
          seen.changedOwn += 1;
      } finally {
        await world.close();
      }
    }),
    { numRuns: RUNS },
  );

  // Without these the property would say nothing.
  assert.ok(seen.accepted >= 2 * RUNS, `${seen.accepted} applied, ${seen.refused} refused`);
  assert.ok(seen.refused >= 10, `${seen.refused} refused`);
  assert.ok(seen.changedOwn >= RUNS / 5, `${seen.changedOwn} changed what team-a decides itself`);
  assert.deepEqual([...seen.kinds].sort(), ['Namespace', 'Policy', 'Route', 'ServiceAccount']);
});
