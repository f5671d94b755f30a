import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';

const ROOT = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, ROOT), 'utf8');

const Package = z.object({
  engines: z.object({ node: z.string().regex(/^>=\d+\.\d+$/) }),
  scripts: z.record(z.string(), z.string()),
});
const Permissions = z.record(z.string(), z.enum(['read', 'write', 'none']));
const Step = z.union([
  z.object({ uses: z.string(), with: z.record(z.string(), z.unknown()).optional() }),
  z.object({ run: z.string() }),
]);
const Job = z.object({
  'timeout-minutes': z.number().int().positive(),
  permissions: Permissions.optional(),
  strategy: z.object({ matrix: z.record(z.string(), z.array(z.string())) }).optional(),
  steps: z.array(Step).min(1),
});
const Workflow = z.object({
  permissions: Permissions,
  concurrency: z.object({ 'cancel-in-progress': z.literal(true) }),
  jobs: z.record(z.string(), Job),
});

const { engines, scripts } = Package.parse(JSON.parse(read('package.json')));
const FOLDER = '.github/workflows/';
const FILES = readdirSync(new URL(FOLDER, ROOT));

/** The text once for each value that the matrix gives the first name in it. */
function expand(text: string, matrix: Readonly<Record<string, readonly string[]>>): string[] {
  const [placeholder, name = ''] = /\$\{\{ matrix\.(\w+) \}\}/.exec(text) ?? [];
  if (placeholder === undefined) return [text];
  return (matrix[name] ?? []).flatMap((value) => expand(text.replaceAll(placeholder, value), matrix));
}

test('there is a workflow', () => assert.ok(FILES.includes('ci.yml')));

for (const file of FILES)
  describe(file, () => {
    const text = read(`${FOLDER}${file}`);
    const { permissions, jobs } = Workflow.parse(parse(text));
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    const commands = Object.values(jobs).flatMap(({ steps, strategy }) =>
      steps.flatMap((step) => ('run' in step ? expand(step.run, strategy?.matrix ?? {}) : [])),
    );

    test('every action is pinned to a commit, and a comment names its version', () => {
      const used = steps.flatMap((step) => ('uses' in step ? [step.uses] : []));
      const lines = text.split('\n').filter((line) => line.includes('uses:'));
      assert.equal(lines.length, used.length);
      for (const line of lines) assert.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    test('no job may write, and no checkout leaves its token behind', () => {
      for (const granted of [permissions, ...Object.values(jobs).map((job) => job.permissions ?? {})])
        for (const [scope, access] of Object.entries(granted)) assert.notEqual(access, 'write', scope);
      for (const step of steps)
        if ('uses' in step && step.uses.startsWith('actions/checkout@'))
          assert.equal(step.with?.['persist-credentials'], false);
    });

    test('every npm script and every file that a step runs exists', () => {
      assert.ok(commands.length > 0);
      for (const command of commands) {
        assert.doesNotMatch(command, /\$\{\{/, 'an expression would be run as part of the command');
        for (const [, script = ''] of command.matchAll(/npm run ([\w:-]+)/g))
          assert.ok(Object.hasOwn(scripts, script), command);
        if (command.startsWith('.')) {
          assert.ok(existsSync(new URL(command, ROOT)), command);
          assert.ok((statSync(new URL(command, ROOT)).mode & 0o111) !== 0, `${command} is not executable`);
        }
      }
    });
  });

describe('CI', () => {
  const { jobs } = Workflow.parse(parse(read(`${FOLDER}ci.yml`)));
  const versions = jobs.test?.strategy?.matrix.node ?? [];

  test('the oldest Node that package.json allows, the one of .nvmrc and that of the image are tested', () => {
    const oldest = /^>=(\d+)/.exec(engines.node)?.[1];
    const image = /^ARG NODE_IMAGE=node:(\d+)/m.exec(read('deploy/Dockerfile'))?.[1];
    assert.ok(image !== undefined);
    for (const version of [oldest, read('.nvmrc').trim(), image])
      assert.ok(versions.includes(version ?? ''), `Node ${version}`);
    assert.equal(Math.min(...versions.map(Number)), Number(oldest));
  });

  test('each version runs .ci/run, and the long tests run as well', () => {
    const runs = (name: string) =>
      (jobs[name]?.steps ?? []).flatMap((step) =>
        'run' in step ? expand(step.run, jobs[name]?.strategy?.matrix ?? {}) : [],
      );
    assert.ok(runs('test').includes('.ci/run'));
    for (const script of ['test:long', 'test:compose'])
      assert.ok(runs('weekly').includes(`npm run ${script}`), script);
  });

  test('every script that .ci/run calls exists', () => {
    const called = [...read('.ci/run').matchAll(/^npm run ([\w:-]+)/gm)].map(([, script = '']) => script);
    assert.ok(called.length >= 4);
    for (const script of called) assert.ok(Object.hasOwn(scripts, script), script);
  });
});
