// `promtool check metrics` itself runs where it is installed (`npx tsx test/support/install-tools.ts promtool`); our table of its rules
// runs everywhere, and is compared with promtool where there is one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { findTool } from '../support/install-tools.ts';
import { metricsOfBothPlanes } from './metrics-of-both-planes.ts';
import { promtoolProblems } from './promtool-problems.ts';

const promtool = findTool('promtool');
const checker = promtool === undefined ? 'our table of its rules (promtool is not installed)' : promtool;

/** What promtool prints, one problem a line; the table's problems if promtool is not installed. */
function problemsOf(text: string): string[] {
  if (promtool === undefined) return promtoolProblems(text);
  const { status, stdout, stderr, error } = spawnSync(promtool, ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  if (error) throw error;
  const problems = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
  assert.equal(status === 0, problems.length === 0, `promtool ended with ${status}: ${problems.join(' ')}`);
  return problems;
}

const metric = (name: string, type: string, help = 'Help.') =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} 1\n`;

describe(`metrics pass promtool check metrics: checked by ${checker}`, () => {
  it('passes the metrics of both planes, those of the process included', async () => {
    for (const text of await metricsOfBothPlanes()) {
      assert.match(text, /^process_cpu_seconds_total/m);
      assert.deepEqual(problemsOf(text), []);
      assert.deepEqual(promtoolProblems(text), []);
    }
  });

  for (const [text, problem] of [
    [metric('a', 'counter'), 'a: counter metrics should have "_total" suffix'],
    [metric('a_total', 'gauge'), 'a_total: non-counter metrics should not have "_total" suffix'],
    [metric('a_milliseconds', 'gauge'), 'a_milliseconds: use base unit "seconds" instead of "milliseconds"'],
    [metric('a_ms', 'gauge'), 'a_ms: metric names should not contain abbreviated units'],
    [metric('a_gauge', 'gauge'), 'a_gauge: metric name should not include type "gauge"'],
    [
      metric('a_count', 'gauge'),
      'a_count: non-histogram and non-summary metrics should not have "_count" suffix',
    ],
    [metric('aB', 'gauge'), 'aB: metric names should be written in "snake_case" not "camelCase"'],
    [metric('a:b', 'gauge'), 'a:b: metric names should not contain ":"'],
    [metric('a', 'gauge', ''), 'a: no help text'],
    [
      '# HELP a x\n# TYPE a gauge\na{bC="1"} 1\n',
      'a: label names should be written in "snake_case" not "camelCase"',
    ],
  ] as const)
    it(`would refuse ${problem}`, () => {
      assert.deepEqual(promtoolProblems(text), [problem]);
      assert.equal(problemsOf(text).length, 1, problemsOf(text).join('; '));
    });
});

it('sallyport_build_info names the version of this program and of Node, on both planes', async () => {
  for (const text of await metricsOfBothPlanes())
    assert.ok(text.includes(`sallyport_build_info{version="1.2.3",node_version="${process.version}"} 1`));
});
