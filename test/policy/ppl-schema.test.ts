import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import { createPplSchema } from '../../src/policy/ppl-schema.ts';
import { moreVectors, vectors } from '../support/vector-input.ts';

test('the published schema is the one that the language gives', () => {
  const published: unknown = JSON.parse(
    readFileSync(new URL('../../docs/ppl.schema.json', import.meta.url), 'utf8'),
  );
  assert.deepEqual(published, createPplSchema());
});

test('the schema takes every document of the vectors that Pomerium takes, and refuses those it can tell are wrong', () => {
  const schema = z.fromJSONSchema(createPplSchema());
  for (const { id, ppl, expect, note = '' } of [...vectors, ...moreVectors]) {
    const taken = schema.safeParse(JSON.parse(ppl)).success;
    // Whether text is an address is beyond a schema.
    const expected = !('error' in expect) || note.includes('expected IP or CIDR');
    assert.equal(taken, expected, `vector ${id}: ${ppl} ${note}`);
  }
});
