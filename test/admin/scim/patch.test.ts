// PATCH as identity providers send it: each row is what one of them is known to.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { DirectoryGroup, DirectoryUser } from '../../../src/accounts/directory-schema.ts';
import { UserId } from '../../../src/accounts/user-id.ts';
import { patchGroup } from '../../../src/admin/scim/patch-group.ts';
import { parsePatchRequest } from '../../../src/admin/scim/patch-request.ts';
import { patchUser } from '../../../src/admin/scim/patch-user.ts';
import { ScimRefusal } from '../../../src/admin/scim/scim-refusal.ts';
import { patchOf } from '../../support/scim-client.ts';

const USER = DirectoryUser.parse({
  id: 'bob@example.com',
  name: 'Bob Builder',
  given_name: 'Bob',
  family_name: 'Builder',
  email: 'bob@example.com',
  external_id: 'ext-1',
  groups: ['ops'],
  claims: { level: [1] },
});

function userAfter(...operations: object[]): DirectoryUser {
  return DirectoryUser.parse(patchUser(USER, parsePatchRequest(patchOf(...operations))));
}

const CORE = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

describe('a PATCH of a user', () => {
  const rows: [name: string, operations: object[], changed: Partial<DirectoryUser>][] = [
    ['Okta: deactivates, without a path', [{ op: 'replace', value: { active: false } }], { active: false }],
    ['Okta: renames', [{ op: 'replace', value: { id: USER.id, displayName: 'B' } }], { name: 'B' }],
    [
      'Entra ID: False in text and Replace in capitals',
      [{ op: 'Replace', path: 'active', value: 'False' }],
      { active: false },
    ],
    ['Entra ID: active without a path', [{ op: 'Replace', value: { active: 'False' } }], { active: false }],
    [
      'Entra ID: the address for work',
      [{ op: 'Replace', path: 'emails[type eq "work"].value', value: 'b@x.com' }],
      { email: 'b@x.com' },
    ],
    [
      'Entra ID: adds it',
      [{ op: 'Add', path: 'emails[type eq "work"].value', value: 'b@x.com' }],
      { email: 'b@x.com' },
    ],
    [
      'Entra ID: names in dots, without a path',
      [{ op: 'Replace', value: { 'name.givenName': 'Rob', [`${ENTERPRISE}:department`]: 'x' } }],
      { given_name: 'Rob', name: 'Rob Builder' },
    ],
    [
      'Entra ID: what is of the enterprise schema',
      [{ op: 'Add', path: `${ENTERPRISE}:manager`, value: { value: 'x' } }],
      {},
    ],
    [
      'Entra ID: what is not kept',
      [
        { op: 'Add', path: 'addresses[type eq "work"].locality', value: 'x' },
        { op: 'Replace', path: 'title', value: 'x' },
      ],
      {},
    ],
    ['Entra ID: removes externalId', [{ op: 'Remove', path: 'externalId' }], { external_id: undefined }],
    [
      'the URN of the core schema before it',
      [{ op: 'replace', path: `${CORE}:displayName`, value: 'B' }],
      { name: 'B' },
    ],
    ['another letter case', [{ OP: 'replace', PATH: 'DISPLAYNAME', Value: 'B' }], { name: 'B' }],
    [
      'the parts of a name',
      [{ op: 'replace', path: 'name', value: { familyName: 'Baker' } }],
      { family_name: 'Baker', name: 'Bob Baker' },
    ],
    ['a part of a name that is not kept', [{ op: 'add', path: 'name.middleName', value: 'X' }], {}],
    ['name.formatted', [{ op: 'replace', path: 'name.formatted', value: 'Dr. Bob' }], { name: 'Dr. Bob' }],
    [
      'displayName before the parts',
      [{ op: 'replace', value: { displayName: 'Robert', 'name.givenName': 'Rob' } }],
      { name: 'Robert', given_name: 'Rob' },
    ],
    [
      'emails as a whole',
      [{ op: 'replace', path: 'emails', value: [{ value: 'n@x.com', primary: true }] }],
      { email: 'n@x.com' },
    ],
    [
      'one address alone',
      [{ op: 'replace', path: 'emails', value: { value: 'n@x.com' } }],
      { email: 'n@x.com' },
    ],
    [
      'a primary address more',
      [{ op: 'add', path: 'emails', value: [{ value: 'n@x.com', primary: true }] }],
      { email: 'n@x.com' },
    ],
    [
      'an address more that is not the primary one',
      [{ op: 'add', path: 'emails', value: [{ value: 'h@x.com', type: 'home' }] }],
      {},
    ],
    ['takes the address away', [{ op: 'remove', path: 'emails[value eq "bob@example.com"]' }], { email: '' }],
    [
      'takes it away by its value',
      [{ op: 'remove', path: 'emails', value: [{ value: 'bob@example.com' }] }],
      { email: '' },
    ],
    [
      'the address, without saying which',
      [{ op: 'replace', path: 'emails.value', value: 'n@x.com' }],
      { email: 'n@x.com' },
    ],
    ['takes all addresses away', [{ op: 'remove', path: 'emails' }], { email: '' }],
    [
      'several operations, in their order',
      [
        { op: 'replace', path: 'active', value: false },
        { op: 'replace', path: 'active', value: true },
        { op: 'add', path: 'externalId', value: 'ext-2' },
      ],
      { external_id: 'ext-2' },
    ],
    [
      'another userName',
      [{ op: 'replace', path: 'userName', value: 'eve' }],
      { user_name: UserId.parse('eve') },
    ],
    [
      'Entra ID, its older form: values in a list',
      [
        { op: 'Replace', path: 'active', value: [{ $ref: null, value: 'False' }] },
        { op: 'Replace', path: 'displayName', value: [{ $ref: null, value: 'B' }] },
      ],
      { active: false, name: 'B' },
    ],
    [
      'attributes under their schema',
      [{ op: 'replace', value: { [CORE]: { active: false } } }],
      { active: false },
    ],
    ['the same userName', [{ op: 'replace', path: 'userName', value: 'BOB@example.com' }], {}],
  ];
  for (const [name, operations, changed] of rows)
    test(name, () => {
      assert.deepEqual(
        JSON.parse(JSON.stringify(userAfter(...operations))),
        JSON.parse(JSON.stringify({ ...USER, ...changed })),
      );
    });

  const refusals: [name: string, operations: object[], scimType: string][] = [
    ['no userName', [{ op: 'remove', path: 'userName' }], 'invalidValue'],
    ['another id', [{ op: 'replace', value: { id: 'eve' } }], 'mutability'],
    ['groups', [{ op: 'add', path: 'groups', value: [{ value: 'admins' }] }], 'mutability'],
    ['an attribute that there is not', [{ op: 'add', path: 'colour', value: 'red' }], 'invalidPath'],
    ['a prototype', [{ op: 'add', path: '__proto__.active', value: true }], 'invalidPath'],
    ['a prototype inside', [{ op: 'add', path: 'name.__proto__', value: { active: true } }], 'invalidPath'],
    [
      'a prototype in a filter',
      [{ op: 'add', path: 'emails[__proto__ eq "x"].value', value: 'a' }],
      'invalidFilter',
    ],
    ['a constructor', [{ op: 'replace', value: { 'constructor.prototype': 1 } }], 'invalidPath'],
    ['a path that is none', [{ op: 'add', path: 'emails[type eq', value: 'x' }], 'invalidPath'],
    ['a filter that is none', [{ op: 'add', path: 'emails[type].value', value: 'x' }], 'invalidFilter'],
    [
      'a filter of other attributes',
      [{ op: 'add', path: 'emails[userName eq "x"].value', value: 'x' }],
      'invalidFilter',
    ],
    ['an operation that there is not', [{ op: 'move', path: 'active', value: true }], 'invalidSyntax'],
    ['a removal of nothing', [{ op: 'remove' }], 'noTarget'],
    ['no value', [{ op: 'replace', path: 'active' }], 'invalidValue'],
    ['a value that is no object', [{ op: 'replace', value: 'x' }], 'invalidValue'],
    ['no truth value', [{ op: 'replace', path: 'active', value: 'maybe' }], 'invalidValue'],
    ['no operation', [], 'invalidSyntax'],
  ];
  for (const [name, operations, scimType] of refusals)
    test(`refused: ${name}`, () => {
      assert.throws(
        () => userAfter(...operations),
        (error) => error instanceof ScimRefusal && error.scimType === scimType,
      );
      assert.ok(!('active' in Object.prototype));
    });
});

const MEMBERS = ['a', 'b', 'c'];

function groupAfter(...operations: object[]) {
  const { members, ...rest } = patchGroup(GROUP, MEMBERS, parsePatchRequest(patchOf(...operations)));
  return { ...rest, members: [...members].sort().join('') };
}

const GROUP = DirectoryGroup.parse({ id: 'ops', name: 'Ops' });

describe('a PATCH of a group', () => {
  const rows: [name: string, operations: object[], changed: object][] = [
    [
      'Okta: adds members',
      [{ op: 'add', path: 'members', value: [{ value: 'd', display: 'D' }] }],
      { members: 'abcd' },
    ],
    ['Okta: removes one by a filter', [{ op: 'remove', path: 'members[value eq "a"]' }], { members: 'bc' }],
    [
      'Okta: renames, with the id',
      [{ op: 'replace', value: { id: 'ops', displayName: 'New' } }],
      { name: 'New' },
    ],
    ['Okta: replaces all', [{ op: 'replace', path: 'members', value: [{ value: 'x' }] }], { members: 'x' }],
    [
      'Entra ID: Add in capitals',
      [{ op: 'Add', path: 'members', value: [{ value: 'd' }, { value: 'a' }] }],
      { members: 'abcd' },
    ],
    [
      'Entra ID: removes by values',
      [{ op: 'Remove', path: 'members', value: [{ value: 'a' }, { value: 'z' }] }],
      { members: 'bc' },
    ],
    ['one member alone', [{ op: 'add', path: 'members', value: { value: 'd' } }], { members: 'abcd' }],
    ['without a path', [{ op: 'add', value: { members: [{ value: 'd' }] } }], { members: 'abcd' }],
    [
      'a filter of several',
      [{ op: 'remove', path: 'members[value eq "a" or value eq "c"]' }],
      { members: 'b' },
    ],
    ['a filter that nothing fits', [{ op: 'remove', path: 'members[value eq "A"]' }], {}],
    ['all of them', [{ op: 'remove', path: 'members' }], { members: '' }],
    ['none of them', [{ op: 'remove', path: 'members', value: [] }], {}],
    ['all, by an empty list in place', [{ op: 'replace', path: 'members', value: [] }], { members: '' }],
    ['externalId', [{ op: 'add', path: 'externalId', value: 'x' }], { externalId: 'x' }],
  ];
  for (const [name, operations, changed] of rows)
    test(name, () => {
      assert.deepEqual(groupAfter(...operations), {
        name: 'Ops',
        externalId: undefined,
        members: 'abc',
        ...changed,
      });
    });

  const refusals: [operations: object[], scimType: string][] = [
    [[{ op: 'remove', path: 'displayName' }], 'invalidValue'],
    [[{ op: 'replace', path: 'displayName', value: 7 }], 'invalidValue'],
    [[{ op: 'replace', value: { id: 'other' } }], 'mutability'],
    [[{ op: 'add', path: 'members', value: ['a'] }], 'invalidValue'],
    [[{ op: 'add', path: 'members.value', value: 'a' }], 'mutability'],
    [[{ op: 'add', path: 'members[value eq "a"]', value: [] }], 'invalidPath'],
    [[{ op: 'remove', path: 'members[value]' }], 'invalidFilter'],
    [[{ op: 'add', path: 'owners', value: [] }], 'invalidPath'],
  ];
  for (const [operations, scimType] of refusals)
    test(`refused: ${JSON.stringify(operations)}`, () => {
      assert.throws(
        () => groupAfter(...operations),
        (error) => error instanceof ScimRefusal && error.scimType === scimType,
      );
    });
});

describe('whatever is sent', () => {
  const attribute = fc.constantFrom(
    ...['userName', 'active', 'name', 'name.givenName', 'emails', 'emails.value', 'emails[type eq "work"]'],
    ...['emails[type eq "work"].value', 'emails[value pr].primary', 'displayName', 'externalId', '__proto__'],
    ...[
      'emails[not (type eq "x")].type',
      'constructor',
      'members',
      'members[value eq "a"]',
      'toString',
      'id',
    ],
  );
  const operation = fc.record(
    {
      op: fc.constantFrom('add', 'Remove', 'replace'),
      path: fc.oneof({ arbitrary: attribute, weight: 5 }, { arbitrary: fc.string(), weight: 1 }),
      value: fc.oneof(
        fc.jsonValue({ maxDepth: 3 }),
        fc.dictionary(attribute, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
        fc.array(fc.record({ value: fc.string(), type: fc.string(), primary: fc.boolean() })),
      ),
    },
    { requiredKeys: ['op'] },
  );
  const request = fc.array(operation, { minLength: 1, maxLength: 4 });
  const before = Object.getOwnPropertyNames(Object.prototype).join();

  test('a user comes out that has the same name, groups and claims, or a refusal', () => {
    fc.assert(
      fc.property(request, (operations) => {
        const outcome = refusedOr(() => patchUser(USER, parsePatchRequest(patchOf(...operations))));
        if (outcome !== 'refused') {
          // Whether its fields may be so is asked when it is written.
          const { id, groups, claims } = z.looseObject({}).parse(outcome);
          assert.deepEqual({ id, groups, claims }, { id: USER.id, groups: USER.groups, claims: USER.claims });
        }
        assert.equal(Object.getOwnPropertyNames(Object.prototype).join(), before);
      }),
      { numRuns: 2000 },
    );
  });

  test('a group comes out, or a refusal', () => {
    fc.assert(
      fc.property(request, (operations) => {
        const outcome = refusedOr(() =>
          patchGroup(GROUP, MEMBERS, parsePatchRequest(patchOf(...operations))),
        );
        if (outcome !== 'refused') assert.ok([...outcome.members].every((id) => typeof id === 'string'));
      }),
      { numRuns: 2000 },
    );
  });
});

function refusedOr<T>(work: () => T): T | 'refused' {
  try {
    return work();
  } catch (error) {
    if (error instanceof ScimRefusal) return 'refused';
    throw error;
  }
}
