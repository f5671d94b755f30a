import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Namespace } from '../../../src/accounts/namespace-schema.ts';
import { buildNamespaceTree } from '../../../src/accounts/namespace-tree.ts';
import { grantsOverCreated } from '../../../src/operations/changes/grants-over-created.ts';
import { ALL_GRANTS, grantsOf } from '../../../src/roles/grants.ts';
import { RoleBinding } from '../../../src/roles/role-binding-schema.ts';
import { namespacesOf, nodeOf, treeOf } from '../../support/namespaces.ts';

const EXISTING = { org: ['global'], 'team-a': ['org'], 'team-b': ['org'], sub: ['team-a'] } as const;
const NAMES = ['global', ...Object.keys(EXISTING)];
const CREATED = ['n-1', 'n-2', 'n-3', 'n-4'];
const TREE = treeOf(EXISTING);

const binding = (role: string, namespace: string) =>
  RoleBinding.parse({ id: `${role}-${namespace}`, account: 'mia', role, namespace });
const bindings = fc.array(
  fc
    .tuple(fc.constantFrom('viewer', 'manager', 'admin'), fc.constantFrom(...NAMES))
    .map(([role, namespace]) => binding(role, namespace)),
  { minLength: 1, maxLength: 3 },
);
const created = fc
  .tuple(...CREATED.map(() => fc.constantFrom(...NAMES, ...CREATED, 'nowhere')))
  .map((parents) => parents.map((parent, index): [string, string] => [CREATED[index] ?? '', parent]));

test('property: in a namespace that a commit makes, its author holds what the tree with it would give, and elsewhere what they held', () => {
  fc.assert(
    fc.property(bindings, fc.constantFrom(...NAMES), created, (held, home, made) => {
      const before = grantsOf(nodeOf(TREE, home).id, held, TREE, []);
      const sketch = Object.fromEntries(made.map(([id, parent]) => [id, [parent] as const]));
      const after = buildNamespaceTree([...namespacesOf(EXISTING), ...namespacesOf(sketch)]).tree;
      const grants = grantsOverCreated(before, namespacesOf(sketch));
      for (const name of NAMES) assert.equal(grants.roleAt(name), before.roleAt(name), name);
      // Whether it was made in one commit or in two gives the same role: the bindings are those from before.
      const inTwo = grantsOf(nodeOf(TREE, home).id, held, after, []);
      for (const name of CREATED) assert.equal(grants.roleAt(name), inTwo.roleAt(name), name);
    }),
  );
});

test('namespaces that hang in a circle, or below nothing, give nobody a role', () => {
  const grants = grantsOf(nodeOf(TREE, 'global').id, [binding('admin', 'global')], TREE, ['*@corp.example']);
  const made: Namespace[] = namespacesOf({ 'n-1': ['n-2'], 'n-2': ['n-1'], 'n-3': ['nowhere'] });
  const over = grantsOverCreated(grants, made);
  for (const name of ['n-1', 'n-2', 'n-3']) assert.equal(over.roleAt(name), undefined, name);
  assert.deepEqual(over.reservedNames, grants.reservedNames);
});

test('the root exists before its record does', () => {
  const grants = grantsOf(nodeOf(TREE, 'global').id, [binding('admin', 'global')], TREE, []);
  const over = grantsOverCreated(grants, [{ id: 'global' }, { id: 'n-1', parent: 'global' }]);
  assert.equal(over.roleAt('global'), 'admin');
  assert.equal(over.roleAt('n-1'), 'admin');
});

test('of somebody at the machine nothing is worked out', () => {
  assert.equal(grantsOverCreated(ALL_GRANTS, namespacesOf({ 'n-1': ['global'] })), ALL_GRANTS);
});
