/** A command line that a server can answer. `{o}` stands for the output format. */
export interface ServerVerbRow {
  readonly args: readonly string[];
  readonly input?: string;
  /** Changes something: made on a store of its own each, and compared but for times and what is made up. */
  readonly changes?: true;
  /** Its exit code; 0 where it is not said. */
  readonly code?: number;
}

const version = 'apiVersion: sallyport/v1alpha1';

/** What there is before. */
export const SEED = `${version}
kind: Namespace
id: team-a
parent: global
name: "Team\\u0007 A"
hosts: [a.example.com, '*.a.example.com']
default_policies: [readers]
---
${version}
kind: Namespace
id: a-first
parent: team-a
---
${version}
kind: DirectoryGroup
id: staff
name: Staff
---
${version}
kind: DirectoryUser
id: alice
email: alice@example.com
name: "Al\\u0080ice"
groups: [staff]
claims: { level: [1, true, high] }
---
${version}
kind: Policy
id: readers
namespace: team-a
name: May read
explanation: "Two\\nlines"
ppl:
  - allow: { and: [{ user: checkout }, { http_method: { in: [GET, HEAD] } }] }
---
${version}
kind: Policy
id: enforced
namespace: global
enforced: true
mode: shadow
ppl: { deny: { or: [{ http_path: { starts_with: /admin } }] } }
---
${version}
kind: Route
id: shop
namespace: team-a
hosts: [a.example.com]
path: { prefix: /shop }
policies: [readers]
---
${version}
kind: ServiceAccount
id: checkout
namespace: team-a
user_id: checkout
description: "the shop's"
expires_at: 2099-01-31T12:00:00Z
---
${version}
kind: ServiceAccount
id: stands
namespace: a-first
impersonate: alice
disabled: true
---
${version}
kind: ServiceAccount
id: old
namespace: global
user_id: old
expires_at: 2020-01-31T12:00:00Z
---
${version}
kind: RoleBinding
id: viewers
account: checkout
role: viewer
namespace: team-a
`;

/** Files that rows name. */
export const FILES: Readonly<Record<string, string>> = {
  'changed.yaml': `${version}
kind: Namespace
id: team-a
parent: global
hosts: [a.example.com]
---
${version}
kind: Policy
id: readers
namespace: team-a
ppl:
  - allow: { or: [{ user: checkout }] }
---
${version}
kind: Route
id: added
namespace: team-a
hosts: [a.example.com]
`,
  'new-table.yaml': `${version}\nkind: Namespace\nid: new-table\nparent: team-a\n`,
  'new-json.yaml': `${version}\nkind: Namespace\nid: new-json\nparent: team-a\n`,
  'syntax.yaml': 'a: [b',
  'schema.yaml': `${version}\nkind: Route\nid: shop\nnamespace: team-a\npath: { prefix: shop }\n`,
  'wrong.yaml': `${version}
kind: Route
id: shop
namespace: team-a
hosts: [elsewhere.example.com]
policies: [readerz]
---
${version}
kind: ServiceAccount
id: lost
namespace: team-a
impersonate: "of: nobody"
---
${version}
kind: Namespace
id: lost
parent: team-a
default_policies: [readerz]
`,
  'needed.yaml': `${version}\nkind: Policy\nid: readers\nnamespace: team-a\nppl: { allow: { or: [{ user: x }] } }\n`,
  'tried.yaml': `${version}
kind: Policy
id: readers
namespace: team-a
mode: shadow
ppl: { allow: { or: [{ user: alice }] } }
`,
  'turned.yaml': `${version}
kind: Policy
id: readers
namespace: team-a
ppl: { allow: { or: [{ user: alice }] } }
`,
  'tried.ppl.yaml': 'allow: { or: [{ user: somebody }] }\n',
  'broken.ppl.yaml': 'allow: { or: [{ usr: somebody }] }\n',
  'client.pem': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  'people.csv': 'id,name,groups,claim/level\nalice,Alice,staff;night,7\nbob,Bob,day,\n',
  'wrong.csv': 'id,name\nalice,Alice\nalice,Again\n',
  'taken.csv': 'id,name\ncheckout,Somebody\n',
  'bob-table.csv': 'id\nbob-table\n',
  'bob-json.csv': 'id\nbob-json\n',
};

const decided = (fields: object) =>
  JSON.stringify({
    level: 'info',
    time: '2026-11-01T10:00:00.000Z',
    event: 'decision',
    revision: 1000,
    verdict: 'allow',
    enforcement: 'enforce',
    reason: 'user-ok',
    authenticated: true,
    account_id: 'checkout',
    user_id: 'checkout',
    namespace: 'team-a',
    binding: 'route',
    route: 'shop',
    policy: 'readers',
    request_id: 'r-1',
    method: 'GET',
    host: 'a.example.com',
    path: '/shop',
    ip: '10.0.0.1',
    duration_us: 120,
    ...fields,
  });

/** What the stream of decisions holds. */
export const DECISIONS: readonly string[] = [
  decided({}),
  decided({
    path: '/shop/\u0007',
    request_id: 'r-2',
    shadow: { outcome: 'deny', reason: 'reject', policy: 'enforced' },
  }),
  decided({
    namespace: 'global',
    route: undefined,
    request_id: 'r-3',
    verdict: 'deny',
    refusal: 'forbidden',
    reason: 'user-unauthorized',
    reasons: ['user-unauthorized', 'groups-unauthorized'],
  }),
  decided({ namespace: 'a-first', route: undefined, request_id: 'r-4', time: '2026-11-02T10:00:00.000Z' }),
];

export const ROWS: readonly ServerVerbRow[] = [
  { args: ['sa', 'list'] },
  { args: ['sa', 'list', '--namespace', 'team-a'] },
  { args: ['sa', 'list', '--namespace', 'nowhere'], code: 1 },
  { args: ['sa', 'show', 'checkout'] },
  { args: ['sa', 'show', 'stands'] },
  { args: ['sa', 'show', 'nobody'], code: 1 },
  ...['ns', 'groups', 'users', 'policies', 'routes', 'sa', 'roles'].map((kind) => ({ args: ['get', kind] })),
  { args: ['get', 'ns', '--namespace', 'team-a'] },
  { args: ['get', 'sa', '--namespace', 'team-a'] },
  { args: ['get', 'users', '--namespace', 'team-a'] },
  { args: ['get', 'ns', 'team-a'] },
  { args: ['get', 'user', 'alice'] },
  { args: ['get', 'policy', 'readers'] },
  { args: ['get', 'sa', 'checkout'] },
  { args: ['get', 'sa', 'stands', '--namespace', 'team-a'] },
  { args: ['get', 'policy', 'readerz'], code: 1 },
  { args: ['get', 'sa', 'check out'], code: 1 },
  { args: ['get', 'policy', '..'], code: 1 },
  { args: ['get', 'policy', ''], code: 1 },
  { args: ['get', 'sa', 'old', '--namespace', 'team-a'], code: 1 },
  { args: ['get', 'routes', '--namespace', 'tema-a'], code: 1 },
  { args: ['export'] },
  { args: ['export', '--namespace', 'team-a'] },
  { args: ['export', '--namespace', 'tema-a'], code: 1 },
  { args: ['apply', '-f', 'changed.yaml', '--dry-run'] },
  { args: ['apply', '-f', 'changed.yaml', '--dry-run', '--prune'] },
  { args: ['apply', '-f', '-', '--dry-run'], input: SEED },
  { args: ['apply', '-f', 'syntax.yaml'], code: 2 },
  { args: ['apply', '-f', 'schema.yaml'], code: 2 },
  { args: ['apply', '-f', 'wrong.yaml'], code: 1 },
  { args: ['apply', '-f', 'missing.yaml'], code: 2 },
  { args: ['apply', '-f', 'new-{o}.yaml'], changes: true },
  { args: ['apply', '-f', 'new-{o}.yaml'], changes: true },
  { args: ['delete', 'route', 'shop', '--dry-run'] },
  { args: ['delete', 'sa', 'checkout', '--dry-run'] },
  { args: ['delete', 'route', 'shpo'], code: 1 },
  { args: ['delete', 'ns', 'team-a'], code: 1 },
  { args: ['delete', 'policy', 'readers'], code: 1 },
  { args: ['delete', 'ns', 'global'], code: 1 },
  { args: ['delete', '-f', 'needed.yaml'], code: 1 },
  { args: ['delete', '-f', 'new-{o}.yaml'], changes: true },
  { args: ['delete', '-f', 'new-{o}.yaml'], code: 1 },
  {
    args: [
      'sa',
      'create',
      '--id',
      'made-{o}',
      '--user-id',
      'made-{o}',
      '--namespace',
      'team-a',
      '--expires-at',
      '2098-01-01T00:00:00Z',
    ],
    changes: true,
  },
  {
    args: [
      'sa',
      'create',
      '--id',
      'admin-{o}',
      '--user-id',
      'admin-{o}',
      '--namespace',
      'global',
      '--for',
      'admin',
      '--description',
      'x',
    ],
    changes: true,
  },
  {
    args: [
      'sa',
      'create',
      '--user-id',
      'alice',
      '--impersonate',
      '--namespace',
      'global',
      '--expires-in',
      '90d',
    ],
    changes: true,
  },
  { args: ['sa', 'create', '--id', 'checkout', '--user-id', 'x', '--namespace', 'team-a'], code: 1 },
  { args: ['sa', 'create', '--id', 'x', '--user-id', 'x', '--namespace', 'nowhere'], code: 1 },
  {
    args: [
      'sa',
      'create',
      '--id',
      'x',
      '--user-id',
      'x',
      '--namespace',
      'team-a',
      '--expires-at',
      '2020-01-01T00:00:00Z',
    ],
    code: 1,
  },
  { args: ['sa', 'create', '--user-id', 'x', '--namespace', 'a b'], code: 2 },
  { args: ['sa', 'rotate', 'made-{o}', '--label', 'autumn', '--old-valid-for', '24h'], changes: true },
  { args: ['sa', 'rotate', 'old'], code: 1 },
  { args: ['sa', 'rotate', 'nobody'], code: 1 },
  { args: ['sa', 'revoke', 'made-{o}'], changes: true },
  { args: ['sa', 'revoke', 'made-{o}'], changes: true },
  { args: ['sa', 'revoke', 'nobody'], code: 1 },
  { args: ['sa', 'revoke', 'made-{o}', '--credential', '0514fc6a-8667-4d1e-9f40-0ac5862bd01c'], code: 1 },
  { args: ['sa', 'disable', 'made-{o}'], changes: true },
  { args: ['sa', 'disable', 'nobody'], code: 1 },
  { args: ['sa', 'enable', 'made-{o}'], changes: true },
  { args: ['sa', 'enable', 'nobody'], code: 1 },
  { args: ['sa', 'delete', 'made-{o}'], changes: true },
  { args: ['sa', 'delete', 'made-{o}'], code: 1 },
  {
    args: [
      'explain',
      'https://a.example.com/shop?id=7',
      '--account',
      'checkout',
      '--time',
      '2026-11-01T10:00:00Z',
    ],
  },
  {
    args: [
      'explain',
      'https://a.example.com/',
      '--account',
      'stands',
      '--time',
      '2026-11-01T10:00:00Z',
      '--method',
      'POST',
    ],
  },
  {
    args: [
      'explain',
      'https://a.example.com/admin',
      '--time',
      '2026-11-01T10:00:00Z',
      '--header',
      'Accept: text/html',
      '--peer-address',
      '10.0.0.7',
      '--context',
      'sallyport.namespace=team-a',
    ],
  },
  { args: ['explain', 'https://other.example.com/', '--time', '2026-11-01T10:00:00Z'] },
  { args: ['explain', 'https://a.example.com/', '--account', 'nobody'], code: 1 },
  {
    args: [
      'explain',
      'https://a.example.com/',
      '--client-certificate',
      'client.pem',
      '--time',
      '2026-11-01T10:00:00Z',
    ],
  },
  { args: ['explain', 'https://a.example.com/', '--header', 'unexpected-response'], code: 2 },
  { args: ['policy', 'try', '--policy', 'turned.yaml', '--from', 'decisions.jsonl'] },
  {
    args: ['policy', 'try', '--policy', 'tried.yaml', '--from', '-'],
    input: `${DECISIONS.join('\n')}\nno decision\n`,
  },
  { args: ['policy', 'try', '--policy', 'tried.ppl.yaml', '--id', 'readers', '--from', 'decisions.jsonl'] },
  {
    args: [
      'policy',
      'try',
      '--policy',
      'tried.ppl.yaml',
      '--id',
      'nobody-has-it',
      '--from',
      'decisions.jsonl',
    ],
    code: 1,
  },
  {
    args: ['policy', 'try', '--policy', 'broken.ppl.yaml', '--id', 'readers', '--from', 'decisions.jsonl'],
    code: 2,
  },
  { args: ['policy', 'try', '--policy', 'people.csv', '--from', 'decisions.jsonl'], code: 2 },
  {
    args: ['policy', 'try', '--policy', 'tried.yaml', '--from', '-'],
    input: '',
  },
  { args: ['decisions', 'tail'] },
  { args: ['decisions', 'tail', '--lines', '2'] },
  { args: ['decisions', 'tail', '--verdict', 'deny', '--reason', 'groups-unauthorized'] },
  { args: ['decisions', 'tail', '--namespace', 'team-a'] },
  { args: ['decisions', 'tail', '--namespace', 'nowhere'], code: 1 },
  { args: ['decisions', 'export'] },
  { args: ['decisions', 'export', '--limit', '2'] },
  { args: ['decisions', 'export', '--account', 'checkout', '--since', '2026-11-02T00:00:00Z'] },
  { args: ['decisions', 'export', '--reason', 'x'.repeat(100)] },
  { args: ['activity', 'list'] },
  { args: ['activity', 'list', '--limit', '3'] },
  { args: ['directory', 'import', '-f', 'people.csv', '--dry-run'] },
  { args: ['directory', 'import', '-f', 'people.csv', '--dry-run', '--prune'] },
  { args: ['directory', 'import', '-f', 'wrong.csv'], code: 2 },
  { args: ['directory', 'import', '-f', 'taken.csv'], code: 1 },
  { args: ['directory', 'import', '-f', 'bob-{o}.csv'], changes: true },
];
