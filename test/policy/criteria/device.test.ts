import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, assertRefused, inputOf } from '../../support/policy-cases.ts';

const wantsNone = [{}, { approved: false }, { approved: null }, { approved: 0 }, { approved: '' }];
for (const data of wantsNone)
  test(`device ${JSON.stringify(data)} holds for every caller, as in Pomerium`, () => {
    for (const caller of [{}, 'nobody'] as const)
      assert.deepEqual(ask({ device: data }, inputOf(caller)), [true, 'device-ok']);
  });

const wantsOne = [
  ...[{ approved: true }, { approved: 'false' }, { approved: 1 }, { approved: [] }, { approved: {} }],
  ...[{ is: 'dev-1' }, { is: '' }, { type: 'any' }, { type: '' }, { type: 'any', approved: false }],
];
for (const data of wantsOne)
  test(`device ${JSON.stringify(data)} holds for no caller`, () => {
    assert.deepEqual(ask({ device: data }, inputOf({})), [false, 'device-unauthenticated']);
    assert.deepEqual(ask({ device: data }, inputOf('nobody')), [false, 'user-unauthenticated']);
  });

const refused: [unknown, string, RegExp][] = [
  ['x', '', /expected a map of is, approved, type/],
  [null, '', /expected a map/],
  [{ is: 5 }, '.is', /expected text/],
  [{ type: ['any'] }, '.type', /expected text/],
  [{ serial: 'x' }, '.serial', /expected one of is, approved, type/],
];
for (const [data, path, message] of refused)
  test(`device ${JSON.stringify(data)} is refused`, () => {
    assertRefused({ allow: { or: [{ device: data }] } }, `allow.or[0].device${path}`, message);
  });
