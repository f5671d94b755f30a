// What a manager of `team-a` may think of asking: every operation, about what is inside, below, above and beside.
import fc from 'fast-check';
import { SCIM_ROUTES } from '../../src/admin/scim/scim-routes.ts';
import { newGroup, newUser, patchOf } from '../support/scim-client.ts';

/** The mesh that it happens in. */
export const MESH = `
{ kind: Policy, id: g-any, namespace: global, ppl: { allow: { or: [authenticated_user: true] } } }
---
{ kind: Policy, id: g-everybody, namespace: global, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Namespace, id: global, default_policies: [g-any] }
---
{ kind: Namespace, id: org, parent: global, hosts: ['*.com', shared.org] }
---
{ kind: Namespace, id: team-a, parent: org, hosts: [a.com, '*.a.com', shared.org], default_policies: [g-any] }
---
{ kind: Namespace, id: team-a.sub, parent: team-a, hosts: [sub.a.com] }
---
{ kind: Namespace, id: team-b, parent: org, hosts: [b.com, '*.b.com', b.a.com], enforcement: observe }
---
{ kind: Namespace, id: team-b.sub, parent: team-b, hosts: [x.b.com] }
---
{ kind: Policy, id: org-known, namespace: org, ppl: { allow: { or: [user: { in: [berta, new-1, u-new-1, bob] }] } } }
---
{ kind: Policy, id: org-guard, namespace: org, enforced: true, ppl: { deny: { or: [http_path: { starts_with: /secret }] } } }
---
{ kind: Policy, id: a-any, namespace: team-a, ppl: { allow: { or: [authenticated_user: true] } } }
---
{ kind: Policy, id: a-guard, namespace: team-a, enforced: true, ppl: { deny: { or: [http_path: { starts_with: /guard }] } } }
---
{ kind: Namespace, id: n-1, parent: team-a }
---
{ kind: Namespace, id: n-2, parent: n-1 }
---
{ kind: ServiceAccount, id: new-2, namespace: team-a, user_id: new-2 }
---
{ kind: Policy, id: new-1, namespace: n-1, ppl: { allow: { or: [authenticated_user: true] } } }
---
{ kind: Policy, id: new-3, namespace: team-a, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Route, id: new-1, namespace: n-1, hosts: [x.a.com], policies: [new-1] }
---
{ kind: ServiceAccount, id: new-1, namespace: n-1, user_id: new-1 }
---
{ kind: Policy, id: b-any, namespace: team-b, ppl: { allow: { or: [authenticated_user: true] } } }
---
{ kind: Route, id: g-api, namespace: global, path: { prefix: /api }, policies: [g-any] }
---
{ kind: Route, id: org-api, namespace: org, hosts: ['*.com'], path: { prefix: /api }, policies: [org-known] }
---
{ kind: Route, id: a-root, namespace: team-a, hosts: [a.com], policies: [a-any] }
---
{ kind: Route, id: b-root, namespace: team-b, policies: [org-known] }
---
{ kind: Route, id: b-open, namespace: team-b, hosts: [b.com], path: { prefix: /open }, policies: [g-everybody] }
---
{ kind: DirectoryGroup, id: ops }
---
{ kind: DirectoryUser, id: dora, email: dora@example.com, groups: [ops] }
---
{ kind: ServiceAccount, id: root, namespace: global, user_id: root }
---
{ kind: RoleBinding, id: root, account: root, role: admin, namespace: global }
---
{ kind: ServiceAccount, id: gus, namespace: global, user_id: gus }
---
{ kind: ServiceAccount, id: olga, namespace: org, user_id: olga }
---
{ kind: ServiceAccount, id: ann, namespace: team-a, user_id: ann }
---
{ kind: ServiceAccount, id: sue, namespace: team-a.sub, user_id: sue, disabled: true }
---
{ kind: ServiceAccount, id: mia, namespace: team-a, user_id: mia }
---
{ kind: RoleBinding, id: mia, account: mia, role: manager, namespace: team-a }
---
{ kind: ServiceAccount, id: al, namespace: team-a, user_id: al }
---
{ kind: RoleBinding, id: al, account: al, role: admin, namespace: team-a }
---
{ kind: ServiceAccount, id: vic, namespace: team-a.sub, user_id: vic }
---
{ kind: RoleBinding, id: vic, account: vic, role: viewer, namespace: team-a.sub }
---
{ kind: ServiceAccount, id: as-dora, namespace: team-a, impersonate: dora }
---
{ kind: ServiceAccount, id: berta, namespace: team-b, user_id: berta }
---
{ kind: ServiceAccount, id: bob, namespace: team-b, user_id: bob }
---
{ kind: RoleBinding, id: bob, account: bob, role: manager, namespace: team-b }
`;
/** Each with a credential for the mesh, which is named for it. */
export const ACCOUNTS = ['gus', 'olga', 'ann', 'sue', 'mia', 'al', 'as-dora', 'berta', 'bob'];
/** Held by team-a or below, and by others. */
export const OWN_HOSTS = ['a.com', 'x.a.com', 'sub.a.com', 'shared.org'];
export const FOREIGN_HOSTS = [
  'b.a.com',
  'b.com',
  'x.b.com',
  'y.b.com',
  'c.com',
  'com',
  'other.org',
  'localhost',
];

export interface Call {
  /** As in the OpenAPI document, or a method and route of SCIM. */
  readonly operation: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Of the whole URL. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** With the session's cookie, where there is a session. */
  readonly bySession: boolean;
  /** What `If-Match` says, where it says something; `either` makes what is not there and replaces what is. */
  readonly condition?: 'any' | 'either';
}

type Asked = Omit<Call, 'operation' | 'bySession'>;

const oneOf = (...values: string[]) => fc.constantFrom(...values);
/** Mostly what a manager has to do with, and often enough what is none of their business. */
const mostly = (inside: readonly string[], outside: readonly string[]) =>
  fc.oneof({ weight: 5, arbitrary: oneOf(...inside) }, { weight: 1, arbitrary: oneOf(...outside) });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

/** The last two are in no mesh yet: an apply may make them together with what is in them. */
const NEW_PLACES = ['n-1', 'n-2', 'n-3', 'n-4'];
const place = mostly(
  ['team-a', 'team-a', 'team-a', 'team-a.sub', ...NEW_PLACES],
  ['org', 'global', 'team-b', 'none'],
);
const placeId = mostly(
  [...NEW_PLACES, ...NEW_PLACES, 'team-a.sub', 'team-a'],
  ['org', 'global', 'team-b', 'team-b.sub'],
);
const policyId = mostly(['new-1', 'new-2', 'a-any'], ['a-guard', 'b-any', 'g-any', 'org-guard', 'none']);
const routeId = mostly(['new-1', 'new-2', 'a-root'], ['b-root', 'g-api', 'org-api', 'none']);
const accountId = mostly(
  ['new-1', 'new-2', 'new-3', 'ann', 'sue', 'ann'],
  ['mia', 'al', 'vic', 'as-dora', 'berta', 'bob', 'gus', 'root', 'none'],
);
const newAccountId = mostly(['new-3', 'new-4', 'new-5', 'new-6'], ['ann', 'al', 'berta', 'gus']);
const bindingId = oneOf('new-1', 'mia', 'al', 'vic', 'bob', 'root');
const userId = oneOf('dora', 'eve');
const groupId = oneOf('ops', 'new-ops');
const hosts = fc.uniqueArray(
  fc.oneof(
    { weight: 6, arbitrary: oneOf('a.com', '*.a.com', 'sub.a.com', 'shared.org', 'x.a.com') },
    { weight: 1, arbitrary: oneOf(...FOREIGN_HOSTS, '*', '*.com', '*.b.com') },
  ),
  { minLength: 1, maxLength: 2 },
);
const ppl = fc.constantFrom<object>(
  ...[{ accept: true }, { reject: true }, { authenticated_user: true }, { user: { is: 'berta' } }].flatMap(
    (criterion) => [{ allow: { or: [criterion] } }, { deny: { or: [criterion] } }],
  ),
);
const usedPolicies = fc.uniqueArray(
  // Those from above can not be seen by a manager of team-a, so that only who sees them may name them.
  mostly(['a-any', 'a-any', 'new-3', 'new-1'], ['g-any', 'g-everybody', 'org-known', 'b-any', 'none']),
  {
    maxLength: 2,
  },
);
const moment = oneOf('2030-01-01T00:00:00Z', '2040-01-01T00:00:00Z');

/** What each kind holds, but for its id. */
const SPECS = {
  namespaces: {
    kind: 'Namespace',
    id: fc.oneof({ weight: 2, arbitrary: placeId }, { weight: 1, arbitrary: oneOf('n-3', 'n-4') }),
    spec: fc.record(
      {
        parent: mostly(['as it is', 'as it is', 'team-a', 'n-1'], ['team-a.sub', 'org', 'global', 'team-b']),
        name: oneOf('', 'One', 'Two'),
        default_policies: usedPolicies,
        hosts: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: hosts }),
        enforcement: fc.oneof(
          { weight: 4, arbitrary: fc.constant(undefined) },
          { weight: 1, arbitrary: oneOf('observe', 'enforce') },
        ),
      },
      { requiredKeys: ['parent'] },
    ),
  },
  policies: {
    kind: 'Policy',
    id: policyId,
    spec: fc.record({
      namespace: place,
      ppl,
      enforced: fc.oneof(
        { weight: 3, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
      mode: oneOf('enforce', 'enforce', 'shadow'),
    }),
  },
  routes: {
    kind: 'Route',
    id: routeId,
    spec: fc.record(
      {
        namespace: place,
        hosts,
        path: fc.constantFrom<object>(
          { prefix: '/api' },
          { prefix: '/' },
          { exact: '/secret' },
          { regex: '/.*' },
        ),
        policies: usedPolicies,
      },
      { requiredKeys: ['namespace'] },
    ),
  },
  serviceAccounts: {
    kind: 'ServiceAccount',
    id: accountId,
    spec: fc
      .record({
        namespace: place,
        who: fc.oneof(
          { weight: 6, arbitrary: fc.constant<object>({ own: true }) },
          {
            weight: 1,
            arbitrary: fc.constantFrom<object>(
              { impersonate: 'dora' },
              { user_id: 'gus' },
              { user_id: 'u-1' },
            ),
          },
        ),
        description: oneOf('', 'one', 'two'),
        disabled: fc.boolean(),
        pomerium: fc.boolean(),
        expires_at: optional(moment),
      })
      .map(({ who, ...rest }) => ({ ...rest, ...who })),
  },
  roleBindings: {
    kind: 'RoleBinding',
    id: bindingId,
    spec: fc.record({
      account: mostly(['mia', 'ann', 'new-2'], ['al', 'berta']),
      role: oneOf('viewer', 'manager', 'admin'),
      namespace: mostly(['team-a', 'team-a.sub'], ['org', 'global', 'team-b']),
    }),
  },
  directoryUsers: {
    kind: 'DirectoryUser',
    id: userId,
    spec: fc.record({
      email: oneOf('x@example.com', 'y@example.com'),
      groups: fc.subarray(['ops']),
      active: fc.boolean(),
    }),
  },
  directoryGroups: { kind: 'DirectoryGroup', id: groupId, spec: fc.record({ name: oneOf('Ops', 'Others') }) },
} as const;

/** Where the namespaces of the mesh are; others are made in `team-a`. */
const PARENTS: Readonly<Record<string, string>> = {
  'team-a': 'org',
  'n-2': 'n-1',
  'team-b': 'org',
  'team-b.sub': 'team-b',
  org: 'global',
};

/**
 * The whole of one. An account's own user ID is its id, so that most are nobody else's, and a namespace mostly stays where
 * it is.
 */
function withId(id: string, { own, ...spec }: { readonly own?: true; readonly parent?: string }) {
  const parent = spec.parent === 'as it is' ? (PARENTS[id] ?? 'team-a') : spec.parent;
  return { id, ...(own && { user_id: id }), ...spec, ...(parent !== undefined && { parent }) };
}
const resource = (kind: string, id: fc.Arbitrary<string>, spec: fc.Arbitrary<object>) =>
  fc
    .tuple(id, spec)
    .map(([id, fields]) => ({ apiVersion: 'sallyport/v1alpha1', kind, ...withId(id, fields) }));
const kinds = SPECS;
const resources = fc.oneof(
  ...(['namespaces', 'policies', 'routes', 'serviceAccounts'] as const).map((group) => ({
    weight: 6,
    arbitrary: resource(kinds[group].kind, kinds[group].id, kinds[group].spec),
  })),
  ...(['roleBindings', 'directoryUsers', 'directoryGroups'] as const).map((group) => ({
    weight: 2,
    arbitrary: resource(kinds[group].kind, kinds[group].id, kinds[group].spec),
  })),
);

const get = (path: string): fc.Arbitrary<Asked> => fc.constant({ method: 'GET', path });
const post = (
  path: fc.Arbitrary<string>,
  body: fc.Arbitrary<object> = fc.constant({}),
): fc.Arbitrary<Asked> => fc.tuple(path, body).map(([path, body]) => ({ method: 'POST', path, body }));
const noBody = (method: 'POST' | 'DELETE', path: fc.Arbitrary<string>): fc.Arbitrary<Asked> =>
  path.map((path) => ({ method, path }));

const PATH_OF: Readonly<Record<keyof typeof SPECS, string>> = {
  namespaces: '/api/v1/namespaces',
  policies: '/api/v1/policies',
  routes: '/api/v1/routes',
  serviceAccounts: '/api/v1/service-accounts',
  roleBindings: '/api/v1/role-bindings',
  directoryUsers: '/api/v1/directory-users',
  directoryGroups: '/api/v1/directory-groups',
};

/** What mostly nothing else needs, so that it may be deleted. */
const UNUSED: Readonly<Record<keyof typeof SPECS, readonly string[]>> = {
  namespaces: ['n-2', 'n-3', 'n-4'],
  policies: ['new-2', 'new-3'],
  routes: ['new-1', 'new-2'],
  serviceAccounts: ['new-1', 'new-2'],
  roleBindings: ['new-1'],
  directoryUsers: ['eve'],
  directoryGroups: ['new-ops'],
};

function kindCalls(group: keyof typeof SPECS): Record<string, fc.Arbitrary<Asked>> {
  const path = PATH_OF[group];
  const { id } = SPECS[group];
  const spec: fc.Arbitrary<object> = SPECS[group].spec;
  return {
    [`${group}.list`]: get(path),
    [`${group}.get`]: id.map((id) => ({ method: 'GET', path: `${path}/${id}` })),
    [`${group}.put`]: fc.tuple(id, spec).map(([id, fields]) => ({
      method: 'PUT',
      path: `${path}/${id}`,
      body: withId(id, fields),
      condition: 'either',
    })),
    [`${group}.remove`]: fc
      .oneof(id, oneOf(...UNUSED[group]))
      .map((id) => ({ method: 'DELETE', path: `${path}/${id}`, condition: 'any' })),
  };
}

const account = (rest: string) => accountId.map((id) => `/api/v1/service-accounts/${id}${rest}`);

/** By the operation's id in the OpenAPI document: how it may be asked. */
export const API_CALLS: Readonly<Record<string, fc.Arbitrary<Asked>>> = {
  'self.whoami': get('/api/v1/whoami'),
  'session.signIn': noBody('POST', fc.constant('/api/v1/session')),
  'session.show': get('/api/v1/session'),
  'session.signOut': noBody('DELETE', oneOf('/api/v1/session', '/api/v1/session?everywhere=true')),
  ...kindCalls('namespaces'),
  ...kindCalls('policies'),
  ...kindCalls('routes'),
  ...kindCalls('serviceAccounts'),
  ...kindCalls('roleBindings'),
  ...kindCalls('directoryUsers'),
  ...kindCalls('directoryGroups'),
  'serviceAccounts.create': post(
    fc.constant('/api/v1/service-accounts'),
    fc
      .tuple(newAccountId, place, fc.constantFrom('own', 'own', 'own', 'dora'), oneOf('mesh', 'admin'))
      .map(([id, namespace, who, purpose]) => ({
        id,
        namespace,
        user_id: who === 'own' ? id : who,
        impersonate: who !== 'own',
        purpose,
      })),
  ),
  'serviceAccounts.rotate': post(
    account('/credentials'),
    fc.record(
      {
        purpose: oneOf('mesh', 'admin'),
        label: oneOf('', 'one'),
        old_valid_for_seconds: fc.constantFrom(0, 60),
      },
      { requiredKeys: [] },
    ),
  ),
  'serviceAccounts.revoke': noBody('POST', account('/revoke')),
  'serviceAccounts.revokeOne': noBody(
    'POST',
    fc.oneof(
      oneOf(...ACCOUNTS).map((id) => `/api/v1/service-accounts/${id}/credentials/c-${id}/revoke`),
      fc
        .tuple(accountId, accountId)
        .map(([id, other]) => `/api/v1/service-accounts/${id}/credentials/c-${other}/revoke`),
    ),
  ),
  'serviceAccounts.revokeMany': post(
    fc.constant('/api/v1/service-accounts:revoke'),
    fc.uniqueArray(accountId, { minLength: 1, maxLength: 2 }).map((ids) => ({ ids })),
  ),
  'serviceAccounts.disable': noBody('POST', account('/disable')),
  'serviceAccounts.enable': noBody('POST', account('/enable')),
  'policies.lint': post(
    fc.constant('/api/v1/policies:lint'),
    ppl.map((ppl) => ({ text: JSON.stringify(ppl) })),
  ),
  'policies.test': post(
    fc.constant('/api/v1/policies:test'),
    policyId.map((policy) => ({ cases: [{ policy, expect: 'deny' }] })),
  ),
  'policies.try': post(
    fc.constant('/api/v1/policies:try'),
    fc.tuple(policyId, ppl).map(([id, ppl]) => ({ documents: [{ id, ppl }] })),
  ),
  'resources.apply': post(
    oneOf('/api/v1/resources:apply', '/api/v1/resources:apply', '/api/v1/resources:apply?prune=true'),
    fc.array(resources, { minLength: 1, maxLength: 3 }).map((resources) => ({ resources })),
  ),
  'resources.remove': post(
    fc.constant('/api/v1/resources:delete'),
    fc.uniqueArray(resources, { minLength: 1, maxLength: 2, selector: ({ id }) => id }).map((some) => ({
      resources: some.map(({ kind, id }) => ({ kind, id })),
    })),
  ),
  'resources.importDirectory': post(
    oneOf('/api/v1/directory:import', '/api/v1/directory:import?prune=true'),
    fc.tuple(userId, fc.subarray(['ops'])).map(([id, groups]) => ({
      entries: [{ kind: 'DirectoryUser', id, fields: { email: 'x@example.com', groups } }],
    })),
  ),
  'resources.export': place.map((namespace) => ({
    method: 'GET',
    path: `/api/v1/resources?namespace=${namespace}`,
  })),
  'decisions.list': get('/api/v1/decisions'),
  'decisions.explain': post(
    fc.constant('/api/v1/decisions:explain'),
    fc
      .tuple(oneOf(...OWN_HOSTS, ...FOREIGN_HOSTS), accountId)
      .map(([host, account]) => ({ url: `https://${host}/api`, account })),
  ),
  'activity.list': get('/api/v1/activity'),
};

const SCIM_BODIES: Readonly<Record<string, fc.Arbitrary<object>>> = {
  POST: fc.constantFrom(
    newUser('dora'),
    newUser('eve'),
    newGroup('ops', ['dora']),
    newGroup('new-ops', ['ann']),
  ),
  PUT: fc.constantFrom(newUser('dora', { active: false }), newGroup('ops')),
  PATCH: fc.constantFrom(
    patchOf({ op: 'replace', path: 'active', value: false }),
    patchOf({ op: 'add', path: 'members', value: [{ value: 'dora' }] }),
  ),
};

/** By method and route: how each route of SCIM may be asked. */
export const SCIM_CALLS: Readonly<Record<string, fc.Arbitrary<Asked>>> = Object.fromEntries(
  SCIM_ROUTES.map(({ method, url }) => {
    const body: fc.Arbitrary<object | undefined> = SCIM_BODIES[method] ?? fc.constant(undefined);
    const asked = fc.tuple(oneOf('dora', 'ops', 'eve'), body).map(
      ([id, body]): Asked => ({
        method,
        path: `/scim/v2${url.replace(':id', id)}`,
        ...(body && { body, contentType: 'application/scim+json' }),
      }),
    );
    return [`${method} ${url}`, asked];
  }),
);

const named = (calls: Readonly<Record<string, fc.Arbitrary<Asked>>>, weigh: (operation: string) => number) =>
  Object.entries(calls).map(([operation, asked]) => ({
    weight: weigh(operation),
    arbitrary: fc
      .tuple(asked, fc.constantFrom(false, false, true))
      .map(([asked, bySession]): Call => ({ operation, ...asked, bySession })),
  }));

/** Which operations a manager can do something with; the others are asked less often. */
export const MANAGED = Object.keys(API_CALLS).filter(
  (operation) =>
    /^(namespaces|policies|routes|serviceAccounts)\.(put|remove|create|rotate|revoke|revokeOne|revokeMany|disable|enable)$/.test(
      operation,
    ) || operation === 'resources.apply',
);

const put = (group: keyof typeof SPECS, body: fc.Arbitrary<{ readonly id: string }>): fc.Arbitrary<Call> =>
  body.map((body) => ({
    operation: `${group}.put`,
    method: 'PUT',
    path: `${PATH_OF[group]}/${body.id}`,
    body,
    condition: 'either',
    bySession: false,
  }));
const apply = (resource: fc.Arbitrary<object>): fc.Arbitrary<Call> =>
  resource.map((fields) => ({
    operation: 'resources.apply',
    method: 'POST',
    path: '/api/v1/resources:apply',
    body: { resources: [{ apiVersion: 'sallyport/v1alpha1', ...fields }] },
    bySession: false,
  }));
const allowAll = fc.constant({ allow: { or: [{ accept: true }] } });

/** Right in everything but that it is not a manager's to ask: one for each thing that they are kept from. */
const forbiddenCall: fc.Arbitrary<Call> = fc.oneof(
  put(
    'namespaces',
    fc.record(
      {
        id: fc.constant('team-a'),
        parent: oneOf('org', 'org', 'global'),
        hosts: fc.constantFrom(['a.com', '*.a.com', 'shared.org', 'c.com'], ['*.com', 'shared.org']),
        enforcement: fc.constant('observe'),
        default_policies: fc.constant(['g-any']),
      },
      { requiredKeys: ['id', 'parent', 'default_policies'] },
    ),
  ),
  put(
    'namespaces',
    fc.record({
      id: fc.constant('team-a'),
      parent: fc.constant('org'),
      hosts: fc.constant(['a.com', '*.a.com', 'shared.org']),
      enforcement: oneOf('observe', 'enforce'),
    }),
  ),
  apply(
    fc.record({
      kind: fc.constant('RoleBinding'),
      id: oneOf('new-1', 'mia'),
      account: oneOf('mia', 'ann'),
      role: oneOf('viewer', 'admin'),
      namespace: fc.constant('team-a'),
    }),
  ),
  apply(fc.record({ kind: fc.constant('DirectoryUser'), id: userId, email: oneOf('z@example.com') })),
  put('policies', fc.record({ id: fc.constant('a-guard'), namespace: fc.constant('team-a'), ppl: allowAll })),
  put(
    'policies',
    fc.record({
      id: oneOf('b-any', 'org-known'),
      namespace: oneOf('team-a', 'team-b', 'org'),
      ppl: allowAll,
    }),
  ),
  put('routes', fc.record({ id: oneOf('b-root', 'org-api'), namespace: oneOf('team-a', 'team-b', 'org') })),
  put(
    'serviceAccounts',
    fc
      .record({ id: oneOf('berta', 'al'), namespace: oneOf('team-a', 'team-b') })
      .map((one) => ({ ...one, user_id: one.id })),
  ),
  put(
    'serviceAccounts',
    fc.record({
      id: oneOf('as-dora', 'new-6'),
      namespace: fc.constant('team-a'),
      impersonate: fc.constant('dora'),
    }),
  ),
  oneOf('al', 'vic', 'as-dora', 'berta', 'root').chain((id) =>
    fc.constantFrom<Call>(
      ...['credentials', 'revoke', 'disable', `credentials/c-${id}/revoke`].map(
        (what): Call => ({
          operation: `serviceAccounts.${what === 'credentials' ? 'rotate' : what.includes('/') ? 'revokeOne' : what}`,
          method: 'POST',
          path: `/api/v1/service-accounts/${id}/${what}`,
          ...(what === 'credentials' && { body: {} }),
          bySession: false,
        }),
      ),
    ),
  ),
);

const anyCall: fc.Arbitrary<Call> = fc.oneof(
  ...named(API_CALLS, (operation) => {
    if (operation === 'resources.apply') return 60;
    if (/\.(put|create|rotate)$/.test(operation) && MANAGED.includes(operation)) return 36;
    if (/\.(enable|revokeOne)$/.test(operation)) return 24;
    if (MANAGED.includes(operation)) return 12;
    if (operation === 'session.signIn') return 12;
    return /\.(put|remove)$/.test(operation) ? 6 : 3;
  }),
  ...named(SCIM_CALLS, () => 1),
);

/** A namespace that one apply makes with what is in it, wherever that is to be. */
const createTogether: fc.Arbitrary<Call> = fc
  .tuple(
    oneOf('n-3', 'n-4'),
    mostly(['team-a', 'n-1'], ['org', 'team-b', 'none']),
    fc.array(resources, { minLength: 1, maxLength: 2 }),
  )
  .map(([id, parent, others]) => ({
    operation: 'resources.apply',
    method: 'POST',
    path: '/api/v1/resources:apply',
    body: {
      resources: [
        { apiVersion: 'sallyport/v1alpha1', kind: 'Namespace', id, parent },
        ...others.map((one) => ('namespace' in one ? { ...one, namespace: id } : one)),
      ],
    },
    bySession: false,
  }));

/** What is asked one after the other. */
export const calls = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: anyCall },
    { weight: 2, arbitrary: forbiddenCall },
    { weight: 1, arbitrary: createTogether },
  ),
  { minLength: 20, maxLength: 35, size: 'max' },
);
