import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inFolder } from '../support/command-line.ts';

const HEAD = 'apiVersion: sallyport/v1alpha1\n';
const RESOURCES = [
  'kind: Namespace\nid: team-a\nparent: global\nhosts: [a.test]\ndefault_policies: [readers]\n',
  'kind: Namespace\nid: team-a.sub\nparent: team-a\n',
  'kind: Policy\nid: readers\nnamespace: team-a\nppl: { allow: { and: [user: bot] } }\n',
  'kind: Policy\nid: no-robots\nnamespace: global\nenforced: true\nppl: { deny: { or: [user: robot] } }\n',
  'kind: Route\nid: shop\nnamespace: team-a\nhosts: [a.test]\npolicies: [readers]\n',
  'kind: DirectoryGroup\nid: staff\n',
  'kind: DirectoryUser\nid: ann\ngroups: [staff]\n',
  'kind: ServiceAccount\nid: bot\nnamespace: team-a\nuser_id: bot\n',
  'kind: ServiceAccount\nid: anns\nnamespace: team-a\nimpersonate: ann\n',
  'kind: RoleBinding\nid: bot-views\naccount: bot\nrole: viewer\nnamespace: team-a\n',
]
  .map((text) => HEAD + text)
  .join('---\n');

interface Described {
  readonly resource: { readonly id: string };
  readonly related: Readonly<Record<string, readonly string[]>>;
  readonly activity: readonly { readonly action: string }[];
}

describe('describe', () => {
  const rows: readonly (readonly [kind: string, id: string, related: Described['related']])[] = [
    [
      'namespace',
      'team-a',
      {
        'Namespaces below': ['team-a.sub'],
        Policies: ['readers'],
        Routes: ['shop'],
        'Service accounts': ['anns', 'bot'],
      },
    ],
    ['policy', 'readers', { Routes: ['shop'], 'Default policy of': ['team-a'], 'Enforced in': [] }],
    ['policy', 'no-robots', { Routes: [], 'Default policy of': [], 'Enforced in': ['global and below'] }],
    ['route', 'shop', { 'Enforced policies': ['no-robots'] }],
    ['sa', 'bot', { Roles: ['viewer in team-a'] }],
    ['group', 'staff', { Members: ['ann'] }],
    ['user', 'ann', { 'Service accounts': ['anns'] }],
    ['rolebinding', 'bot-views', {}],
  ];

  test('shows what belongs to a resource of each kind, and its changes', () =>
    inFolder(async (line) => {
      assert.equal((await line.run(['apply', '-f', '-'], { input: RESOURCES })).code, 0);
      for (const [kind, id, related] of rows) {
        const described = await line.json<Described>(['describe', kind, id]);
        assert.equal(described.resource.id, id);
        assert.deepEqual(described.related, related, `${kind} ${id}`);
        assert.deepEqual(
          described.activity.map(({ action }) => action),
          ['create'],
          `${kind} ${id}`,
        );
      }
    }));

  test('is read as text: YAML, what belongs to it, and a table of changes', () =>
    inFolder(async (line) => {
      await line.run(['apply', '-f', '-'], { input: RESOURCES });
      const { stdout } = await line.run(['describe', 'sa', 'bot']);
      assert.match(stdout, /^apiVersion: sallyport\/v1alpha1\nkind: ServiceAccount\nid: bot\n/);
      assert.match(stdout, /\nStatus +active\n/);
      assert.match(stdout, /\nRoles +viewer in team-a\n/);
      assert.match(stdout, /\nCHANGED +WHO +ACTION\n/);
    }));
});
