import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, inputOf } from '../../support/policy-cases.ts';

for (const data of [null, true, false, '', 1]) {
  test(`authenticated_user holds for a known caller, whatever its data (${JSON.stringify(data)})`, () => {
    assert.deepEqual(ask({ authenticated_user: data }, inputOf({})), [true, 'user-ok']);
  });
  test(`authenticated_user does not hold for nobody, whatever its data (${JSON.stringify(data)})`, () => {
    assert.deepEqual(ask({ authenticated_user: data }, inputOf('nobody')), [false, 'user-unauthenticated']);
  });
}
