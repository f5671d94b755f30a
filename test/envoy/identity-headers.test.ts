import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ForgedHeaders } from '../../src/envoy/identity-headers.ts';

const CONFIGURED = ['x-pomerium-claim-email', 'user-email'];
const forged = new ForgedHeaders(CONFIGURED);

const NAMES: readonly (readonly [string, boolean])[] = [
  ['x-pomerium-claim-groups', true],
  ['x_pomerium_claim_groups', true],
  ['x-pomerium_claim-email', true],
  ['x_pomerium_jwt_assertion', true],
  ['x-pomerium-jwt_assertion', true],
  ['x_pomerium-jwt-assertion-for', true],
  ['x_pomerium_authorization', true],
  ['user_email', true],
  // Every answer sets or removes these by name.
  ['x-pomerium-jwt-assertion', false],
  ['x-pomerium-authorization', false],
  ['x-pomerium-claim-email', false],
  ['user-email', false],
  ['authorization', false],
  ['x-pomerium-other', false],
  ['x-request_id', false],
  ['pomerium-claim-email', false],
  ['xx-pomerium-claim-email', false],
];
for (const [name, isForged] of NAMES)
  test(`${name} is ${isForged ? 'removed' : 'left to the rest of the answer'}`, () =>
    assert.deepEqual(forged.find(['accept', name, 'x-last']), isForged ? [name] : undefined));

test('a name is removed once, however often it came', () =>
  assert.deepEqual(forged.find(['x_pomerium_claim_a', 'x_pomerium_claim_a']), ['x_pomerium_claim_a']));

test('no spelling with underscores of an identity header gets by', () => {
  const identity = [
    'x-pomerium-authorization',
    'x-pomerium-jwt-assertion',
    'x-pomerium-jwt-assertion-for',
    'x-pomerium-claim-any',
  ];
  const spelling = fc
    .tuple(fc.constantFrom(...identity, ...CONFIGURED), fc.infiniteStream(fc.boolean()))
    .map(([name, underscores]) => name.replaceAll('-', () => (underscores.next().value ? '_' : '-')));
  const handled = new Set([...identity.slice(0, 3), ...CONFIGURED]);
  fc.assert(
    fc.property(spelling, (name) => assert.equal(forged.find([name]) !== undefined, !handled.has(name))),
  );
});
