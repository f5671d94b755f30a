import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy } from '../../src/policy/compile-policy.ts';
import type { UnknownPart } from '../../src/policy/criterion.ts';
import { resolveUnknown } from '../../src/policy/unknown-criteria.ts';
import { moreVectors, vectorInput, vectors } from '../support/vector-input.ts';

const PARTS: UnknownPart[] = ['address', 'certificate', 'headers', 'mcp', 'directory'];

test('whatever the unknown turns out to be, what comes of it is among the ways', () => {
  let several = 0;
  for (const vector of [...vectors, ...moreVectors]) {
    if ('error' in vector.expect) continue;
    const compiled = compilePolicy(vector.ppl);
    // Without a caller, criteria on the directory say so, and nothing of them is unknown.
    const parts = vector.account ? PARTS : PARTS.filter((part) => part !== 'directory');
    const missing = new Set<UnknownPart>();
    const ways = resolveUnknown([{ compiled }], new Set(parts), missing);
    if (ways === undefined) continue;
    if (ways.length > 1) several += 1;
    assert.equal(ways.length > 1, missing.size > 0);
    const verdicts = ways.map(([way]) => JSON.stringify(way?.compiled.evaluate(vectorInput(vector))));
    assert.ok(
      verdicts.includes(JSON.stringify(compiled.evaluate(vectorInput(vector)))),
      `vector ${vector.id}`,
    );
  }
  assert.ok(several > 100);
});

test('what is known, or not asked for, stays as it is', () => {
  const compiled = compilePolicy({ allow: { or: [{ user: 'a' }, { source_ip: '10.0.0.1' }] } });
  const missing = new Set<UnknownPart>();
  assert.deepEqual(resolveUnknown([{ compiled }], new Set(['certificate', 'headers']), missing), [
    [{ compiled }],
  ]);
  assert.equal(missing.size, 0);
});
