// What several people may ask, one after the other, about accounts, their credentials and their roles.
import fc from 'fast-check';

export const ROLE_MESH = `
{ kind: Namespace, id: org, parent: global }
---
{ kind: Namespace, id: team-a, parent: org }
---
{ kind: Namespace, id: team-a.sub, parent: team-a }
---
{ kind: Namespace, id: team-c, parent: global }
---
{ kind: ServiceAccount, id: root, namespace: global, user_id: root }
---
{ kind: RoleBinding, id: root, account: root, role: admin, namespace: global }
---
{ kind: ServiceAccount, id: gm, namespace: global, user_id: gm }
---
{ kind: RoleBinding, id: gm, account: gm, role: manager, namespace: global }
---
{ kind: ServiceAccount, id: al, namespace: team-a, user_id: al }
---
{ kind: RoleBinding, id: al, account: al, role: admin, namespace: team-a }
---
{ kind: ServiceAccount, id: mia, namespace: team-a, user_id: mia }
---
{ kind: RoleBinding, id: mia, account: mia, role: manager, namespace: team-a }
`.replaceAll('{ kind', '{ apiVersion: sallyport/v1alpha1, kind');

export interface RoleCall {
  readonly actor: 'mia' | 'al' | 'gm' | 'root';
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  /** At the machine: the account that becomes an admin of everything. */
  readonly bootstraps?: string;
}

const oneOf = <T extends string>(...values: T[]) => fc.constantFrom(...values);
const actor = oneOf('mia', 'mia', 'al', 'al', 'gm', 'root', 'root');
const account = oneOf('bot-1', 'bot-1', 'bot-2', 'mia', 'al');
const place = oneOf('team-a', 'team-a', 'team-a.sub', 'org', 'global');
const role = oneOf('viewer', 'manager', 'admin');
const revokes = oneOf('', '', '?revoke_others=true');

type Asked = Omit<RoleCall, 'actor'>;

const asked: fc.Arbitrary<Asked> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(oneOf('bot-1', 'bot-2'), place).map(
      ([id, namespace]): Asked => ({
        method: 'POST',
        path: '/service-accounts',
        body: { id, namespace, user_id: id, purpose: 'admin' },
      }),
    ),
  },
  {
    weight: 4,
    arbitrary: account.map(
      (id): Asked => ({
        method: 'POST',
        path: `/service-accounts/${id}/credentials`,
        body: { purpose: 'admin' },
      }),
    ),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(account, role, place, revokes).map(([id, role, namespace, query]): Asked => {
      const binding = `of-${id}-${namespace}`;
      return {
        method: 'PUT',
        path: `/role-bindings/${binding}${query}`,
        body: { id: binding, account: id, role, namespace },
      };
    }),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(account, place, revokes, fc.boolean()).map(
      ([id, namespace, query, disabled]): Asked => ({
        method: 'PUT',
        path: `/service-accounts/${id}${query}`,
        body: { id, namespace, user_id: id, disabled },
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(account, place)
      .map(([id, namespace]): Asked => ({ method: 'DELETE', path: `/role-bindings/of-${id}-${namespace}` })),
  },
  {
    weight: 1,
    arbitrary: account.map((id): Asked => ({ method: 'DELETE', path: `/service-accounts/${id}` })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(account, oneOf('enable', 'disable'))
      .map(([id, verb]): Asked => ({ method: 'POST', path: `/service-accounts/${id}/${verb}` })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(oneOf('team-c', 'team-a.sub', 'team-a'), oneOf('team-a', 'org', 'global'), revokes)
      .map(
        ([id, parent, query]): Asked => ({
          method: 'PUT',
          path: `/namespaces/${id}${query}`,
          body: { id, parent },
        }),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(oneOf('bot-1', 'bot-2'), oneOf('keep', 'revoke'))
      .map(([bootstraps, path]): Asked => ({ method: 'POST', path, bootstraps })),
  },
);

export const ROLE_CALLS = fc.array(
  fc.tuple(actor, asked).map(([actor, call]): RoleCall => ({ actor, ...call })),
  { minLength: 20, maxLength: 30, size: 'max' },
);
