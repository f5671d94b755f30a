import { z } from 'zod';
import type { AdminWorld } from '../support/admin-world.ts';
import { type Asked, type Fixture, HOSTS, PLACES, type Row, type Way } from './matrix-row.ts';

const Item = z.looseObject({
  id: z.string().optional(),
  namespace: z.string().optional(),
  parent: z.string().optional(),
});
const Entry = z.looseObject({ entity: z.string(), namespaces: z.array(z.string()) });
const Decision = z.looseObject({ request_id: z.string(), namespace: z.string() });

const idOf = (item: unknown) => Item.parse(item).id ?? '';
const namespaceIn = (item: unknown) => Item.parse(item).namespace ?? 'global';
/** A namespace is where it is itself; those of this test are known by what they are in. */
const placeOfNamespace = (item: unknown) => {
  const { id = '', parent = 'global' } = Item.parse(item);
  return Object.values<string>(PLACES).includes(id) ? id : parent;
};

/** Written at the machine, as nobody is kept from anything there. */
async function make({ world }: Fixture, kind: string, ...specs: readonly object[]): Promise<void> {
  const documents = specs.map((spec) => JSON.stringify({ apiVersion: 'sallyport/v1alpha1', kind, ...spec }));
  await world.apply(documents.join('\n---\n'));
}

const ALLOW = { allow: { and: [{ user: 'x' }] } };
const account = ({ id, namespace }: Fixture) => ({ id, namespace, user_id: `user-${id}` });
const policy = ({ id, namespace }: Fixture) => ({ id, namespace, ppl: { allow: { or: [{ user: 'x' }] } } });
const route = ({ id, namespace, host }: Fixture) => ({
  id,
  namespace,
  hosts: [host],
  path: { prefix: `/${id}` },
});
const space = ({ id, namespace }: Fixture) => ({ id, parent: namespace });
const accountOf = ({ id, namespace }: Fixture) => ({ id: `of-${id}`, namespace, user_id: `user-${id}` });
const binding = ({ id, namespace }: Fixture) => ({ id, account: `of-${id}`, role: 'viewer', namespace });
const user = ({ id }: Fixture) => ({ id });
const group = ({ id }: Fixture) => ({ id });

const has =
  (kind: string, spec: (fixture: Fixture) => object) =>
  (fixture: Fixture): Promise<void> =>
    make(fixture, kind, spec(fixture));
const named = ({ id }: Fixture): Asked => ({ params: { id } });
const within = ({ namespace }: Fixture): Asked => ({ query: `namespace=${namespace}` });

const hasAccount = has('ServiceAccount', account);
/** With a credential, so that there is something to revoke. */
const hasUsedAccount = async (fixture: Fixture) => {
  await hasAccount(fixture);
  await fixture.world.signIn(fixture.id);
};
const hasBinding = async (fixture: Fixture) => {
  await make(fixture, 'ServiceAccount', accountOf(fixture));
  await make(fixture, 'RoleBinding', binding(fixture));
};

/** The four operations of a kind that `apply` takes. */
function kindRows<P extends string>(
  group: P,
  spec: (fixture: Fixture) => object,
  prepare: (fixture: Fixture) => Promise<void>,
  needs: 'manager' | 'admin',
  {
    place = namespaceIn,
    before,
    change = { description: 'changed' },
    always,
  }: {
    readonly place?: (item: unknown) => string;
    readonly before?: (fixture: Fixture) => Promise<void>;
    readonly change?: object;
    readonly always?: 'global';
  } = {},
) {
  const there = always && { always };
  const write = { about: 'write', needs, ...there } as const;
  const lists: Row = { about: 'list', prepare, ask: within, name: idOf, place, ...there };
  return {
    [`${group}.list`]: [lists],
    [`${group}.get`]: [{ about: 'one', prepare, ask: named, ...there }],
    [`${group}.put`]: [
      {
        ...write,
        how: 'makes it',
        ...(before && { prepare: before }),
        ask: (fixture: Fixture) => ({ ...named(fixture), body: spec(fixture) }),
      },
      {
        ...write,
        how: 'replaces it',
        prepare,
        ask: (fixture: Fixture) => ({
          ...named(fixture),
          body: { ...spec(fixture), ...change },
          headers: { 'if-match': '*' },
        }),
      },
    ],
    [`${group}.remove`]: [{ ...write, prepare, ask: named }],
  } satisfies Record<string, readonly Row[]>;
}

const oneAccount: Way = { prepare: hasUsedAccount, ask: named };

/** By the operation's id in the OpenAPI document; one that is not here has the test fail. */
export const ROWS: Readonly<Record<string, readonly Row[]>> = {
  'self.whoami': [{ about: 'self', ask: () => ({}) }],
  'session.signIn': [{ about: 'self', ask: () => ({}) }],
  'session.show': [{ about: 'self', ask: () => ({}) }],
  'session.signOut': [{ about: 'self', ask: () => ({}) }],
  ...kindRows('namespaces', space, has('Namespace', space), 'manager', {
    place: placeOfNamespace,
    change: { name: 'changed' },
  }),
  ...kindRows('policies', policy, has('Policy', policy), 'manager'),
  ...kindRows('routes', route, has('Route', route), 'manager', {
    change: { policies: [], encoded_slash: 'keep' },
  }),
  ...kindRows('serviceAccounts', account, hasAccount, 'manager'),
  ...kindRows('roleBindings', binding, hasBinding, 'admin', {
    before: has('ServiceAccount', accountOf),
  }),
  ...kindRows('directoryUsers', user, has('DirectoryUser', user), 'admin', {
    change: { name: 'changed' },
    always: 'global',
  }),
  ...kindRows('directoryGroups', group, has('DirectoryGroup', group), 'admin', {
    change: { name: 'changed' },
    always: 'global',
  }),
  'serviceAccounts.put': [
    ...(kindRows('serviceAccounts', account, hasAccount, 'manager')['serviceAccounts.put'] ?? []),
    {
      about: 'write',
      needs: 'manager',
      how: 'moves it there',
      prepare: (fixture) => make(fixture, 'ServiceAccount', { ...account(fixture), namespace: 'team-a' }),
      ask: (fixture) => ({
        ...named(fixture),
        body: { ...account(fixture), description: 'moved' },
        headers: { 'if-match': '*' },
      }),
    },
    {
      about: 'write',
      needs: 'manager',
      how: 'takes it from there',
      prepare: hasAccount,
      ask: (fixture) => ({
        ...named(fixture),
        body: { ...account(fixture), namespace: 'team-a', description: 'moved' },
        headers: { 'if-match': '*' },
      }),
    },
  ],
  'serviceAccounts.create': [
    { about: 'write', needs: 'manager', ask: (fixture) => ({ body: account(fixture) }) },
  ],
  'serviceAccounts.rotate': [
    {
      about: 'write',
      needs: 'manager',
      prepare: hasAccount,
      ask: (fixture) => ({ ...named(fixture), body: {} }),
    },
    {
      about: 'write',
      needs: 'manager',
      how: 'for the admin API',
      prepare: hasAccount,
      ask: (fixture) => ({ ...named(fixture), body: { purpose: 'admin' } }),
    },
  ],
  'serviceAccounts.revoke': [{ about: 'write', needs: 'manager', ...oneAccount }],
  'serviceAccounts.revokeOne': [
    {
      about: 'write',
      needs: 'manager',
      prepare: hasUsedAccount,
      ask: async ({ id, world }) => {
        const credential = (await credentialsOf(world, id))[0] ?? 'none';
        return { params: { id, credential } };
      },
    },
  ],
  'serviceAccounts.revokeMany': [
    {
      about: 'write',
      needs: 'manager',
      how: 'with one of team-a',
      prepare: async (fixture) => {
        await hasUsedAccount(fixture);
        await make(fixture, 'ServiceAccount', {
          ...accountOf(fixture),
          user_id: `own-${fixture.id}`,
          namespace: 'team-a',
        });
        await fixture.world.signIn(`of-${fixture.id}`);
      },
      ask: ({ id }) => ({ body: { ids: [`of-${id}`, id] } }),
    },
  ],
  'serviceAccounts.disable': [{ about: 'write', needs: 'manager', ...oneAccount }],
  'serviceAccounts.enable': [
    {
      about: 'write',
      needs: 'manager',
      prepare: (fixture) => make(fixture, 'ServiceAccount', { ...account(fixture), disabled: true }),
      ask: named,
    },
  ],
  'policies.lint': [{ about: 'nothing', ask: () => ({ body: { text: 'allow: {and: [{user: x}]}' } }) }],
  'policies.test': [
    { about: 'nothing', ask: () => ({ body: { cases: [{ ppl: ALLOW, expect: 'deny' }] } }) },
    {
      about: 'one',
      how: 'of a policy there',
      prepare: has('Policy', policy),
      ask: ({ id }) => ({ body: { cases: [{ policy: id, expect: 'deny' }] } }),
    },
  ],
  'policies.try': [
    {
      about: 'one',
      how: 'with a document for a policy there',
      prepare: has('Policy', policy),
      ask: ({ id }) => ({ body: { documents: [{ id, ppl: ALLOW }] } }),
    },
    {
      about: 'one',
      how: 'with a policy that would be there',
      ask: (fixture) => ({ body: { policies: [policy(fixture)] } }),
    },
    {
      about: 'one',
      how: 'with decisions from there',
      ask: (fixture) => ({
        body: {
          policies: [{ ...policy(fixture), namespace: 'team-a' }],
          stored: { namespace: fixture.namespace },
        },
      }),
    },
  ],
  'resources.apply': [
    {
      about: 'write',
      needs: 'manager',
      how: 'with one in team-a',
      ask: (fixture) => ({
        body: {
          resources: [
            { ...policy({ ...fixture, id: `own-${fixture.id}`, namespace: 'team-a' }) },
            policy(fixture),
          ].map((spec) => ({ apiVersion: 'sallyport/v1alpha1', kind: 'Policy', ...spec })),
        },
      }),
    },
    {
      about: 'write',
      needs: 'manager',
      how: 'and prunes what it leaves out',
      prepare: async (fixture) => {
        await make(fixture, 'Namespace', space(fixture));
        await make(fixture, 'Policy', policy({ ...fixture, id: `old-${fixture.id}`, namespace: fixture.id }));
      },
      ask: (fixture) => ({
        query: 'prune=true',
        body: { resources: [{ apiVersion: 'sallyport/v1alpha1', kind: 'Namespace', ...space(fixture) }] },
      }),
    },
  ],
  'resources.remove': [
    {
      about: 'write',
      needs: 'manager',
      how: 'with one in team-a',
      prepare: async (fixture) => {
        await make(fixture, 'Policy', policy({ ...fixture, id: `own-${fixture.id}`, namespace: 'team-a' }));
        await make(fixture, 'Policy', policy(fixture));
      },
      ask: ({ id }) => ({
        body: { resources: [`own-${id}`, id].map((one) => ({ kind: 'Policy', id: one })) },
      }),
    },
  ],
  'resources.importDirectory': [
    {
      about: 'write',
      needs: 'admin',
      how: 'makes a user',
      always: 'global',
      ask: ({ id }) => ({
        body: { entries: [{ kind: 'DirectoryUser', id, fields: { groups: [`of-${id}`] } }] },
      }),
    },
    {
      about: 'write',
      needs: 'admin',
      how: 'and prunes everybody else',
      always: 'global',
      prepare: has('DirectoryUser', ({ id }) => ({ id: `old-${id}` })),
      ask: ({ id }) => ({ query: 'prune=true', body: { entries: [{ kind: 'DirectoryUser', id }] } }),
    },
  ],
  'resources.export': [
    { about: 'one', ask: within },
    { about: 'nothing', how: 'of everything that is seen', ask: () => ({}) },
  ],
  'decisions.list': [
    {
      about: 'list',
      prepare: async ({ id, namespace, host, world }) => {
        const decision = {
          event: 'decision',
          time: new Date().toISOString(),
          revision: (await world.store.position()).revision,
          verdict: 'deny',
          reason: 'no-credential',
          namespace,
          request_id: id,
          method: 'GET',
          host,
          path: '/',
        };
        await world.store.telemetry.appendDecisions([JSON.stringify(decision)]);
      },
      ask: within,
      name: (item) => Decision.parse(item).request_id,
      place: (item) => Decision.parse(item).namespace,
    },
  ],
  'decisions.explain': [
    {
      about: 'one',
      prepare: has('Route', route),
      ask: ({ id, host }) => ({ body: { url: `https://${host}/${id}` } }),
    },
    {
      about: 'one',
      how: 'of an account there, at team-a',
      prepare: hasAccount,
      ask: ({ id }) => ({ body: { url: `https://${HOSTS.inside}/`, account: id } }),
    },
  ],
  'activity.list': [
    {
      about: 'list',
      prepare: has('Policy', policy),
      ask: within,
      name: (item) => Entry.parse(item).entity,
      place: (item) =>
        Entry.parse(item).namespaces.find((id) => Object.values<string>(PLACES).includes(id)) ?? '',
    },
  ],
};

async function credentialsOf(world: AdminWorld, id: string): Promise<string[]> {
  const Stored = z.looseObject({ credentials: z.array(z.string()) });
  const [found] = await world.store.get([{ kind: 'service_account', id }]);
  return Stored.parse(found?.value).credentials;
}
