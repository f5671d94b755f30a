import assert from 'node:assert/strict';
import { test } from 'node:test';
import { weighJson } from '../../src/admin/weigh-json.ts';

const bounds = { values: 20, depth: 4, entries: 5, itemBytes: 30 };
const problemOf = (text: string) => weighJson(Buffer.from(text), bounds).problem;

test('JSON within the bounds is let through, whatever its texts look like', () => {
  for (const text of [
    '{}',
    'null',
    '{"list":[{"a":1},{"b":[2]}]}',
    JSON.stringify({ text: '[[[[[[[[[[{{{{,,,,,,,,,,,,,,::::::::::::::::::::::::::::' }),
    JSON.stringify({ text: 'a "quote" and a \\ before " ,,,,,,,,,,,,,,,,,,,,,,,,,,[[[[[[' }),
    '[1,2,3,4,5]',
  ])
    assert.equal(problemOf(text), undefined, text);
});

test('each bound refuses what is one beyond it', () => {
  assert.match(String(problemOf('[[[[[1]]]]]')), /4 levels/);
  assert.equal(problemOf('[[[[1]]]]'), undefined);
  assert.match(String(problemOf('[1,2,3,4,5,6]')), /5 entries/);
  assert.match(String(problemOf(`{"list":[{"a":"${'x'.repeat(40)}"}]}`)), /30 bytes for one item/);
  assert.match(String(problemOf('[[1,2,3,4],[1,2,3,4],[1,2,3,4],[1,2,3,4],[1]]')), /20 values/);
});

test('lists side by side count apart', () => {
  assert.equal(problemOf('[[1,2,3,4,5],[1,2,3,4,5]]'), undefined);
});

test('numbers that may be too large are noticed, and ordinary ones are not', () => {
  const huge = (text: string) => weighJson(Buffer.from(text), bounds).hugeNumbers;
  assert.equal(huge('[1e999]'), true);
  assert.equal(huge('[1E2]'), true);
  assert.equal(huge(`[${'9'.repeat(400)}]`), true);
  assert.equal(huge('[12345678901234567890,true,false,null,"1e999"]'), false);
});

test('text that is cut anywhere is no trouble', () => {
  const text = '{"list":[{"a":"\\"","b":[1,2]}]}';
  for (let length = 0; length <= text.length; length++) problemOf(text.slice(0, length));
});
