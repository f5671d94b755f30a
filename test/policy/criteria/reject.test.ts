import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, inputOf } from '../../support/policy-cases.ts';

for (const data of [null, true, false, '', 1, [], {}])
  for (const caller of [{}, 'nobody'] as const)
    test(`reject does not hold for ${caller === 'nobody' ? 'nobody' : 'alice'}, whatever its data (${JSON.stringify(data)})`, () => {
      assert.deepEqual(ask({ reject: data }, inputOf(caller)), [false, 'reject']);
    });
