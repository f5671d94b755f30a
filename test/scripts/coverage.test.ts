import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coveredLines, describeCoverage, formatRanges } from '../../scripts/coverage/describe-coverage.ts';

const line = (number: number) => ({ start: { line: number, column: 0 }, end: { line: number, column: 9 } });
const REPORT = {
  '/x/src/check/check.ts': {
    statementMap: { 0: line(1), 1: line(2), 2: line(3), 3: line(5) },
    s: { 0: 1, 1: 0, 2: 0, 3: 0 },
  },
  '/x/src/main.ts': { statementMap: { 0: line(1) }, s: { 0: 0 } },
  '/x/src/cli/run-cli.ts': { statementMap: { 0: line(1) }, s: { 0: 7 } },
};

const read = (file: string) =>
  file.endsWith('/types.ts')
    ? "import type { A } from './a.ts';\n/** B. */\nexport type B = A;\n"
    : 'export const a = 1;\n';

test('a file of types alone has nothing to test', () => {
  const report = { '/x/src/check/types.ts': { statementMap: { 0: line(1) }, s: { 0: 0 } } };
  assert.deepEqual(coveredLines(report, '/x', read), []);
});

test('a line without a run is untested', () => {
  assert.deepEqual(coveredLines(REPORT, '/x', read)[0], {
    path: 'src/check/check.ts',
    lines: 4,
    untested: [2, 3, 5],
  });
});

test('coverage has a row for each folder, and names the untested lines of the folders that decide', () => {
  const text = describeCoverage(coveredLines(REPORT, '/x', read));
  assert.match(text, /^check +4 +3 +25\.0 %$/m);
  assert.match(text, /^cli +1 +0 +100\.0 %$/m);
  assert.match(text, /^all +6 +4 +33\.3 %$/m);
  assert.match(text, /^src\/check\/check\.ts: 2-3, 5$/m);
  assert.doesNotMatch(text, /src\/main\.ts/);
});

test('lines that follow each other are one range', () => {
  assert.equal(formatRanges([3, 7, 8, 9, 11]), '3, 7-9, 11');
  assert.equal(formatRanges([]), '');
});
