// Finds the test files, runs them, and ends with `N passed, N failed`. Node 20's own `--test` knows no `.ts` files.
//
//   tsx test/run.ts [unit | e2e | all | PATH…] [--long]
//
// A file that runs no test, a skipped test, and a run without any test are failures: nothing may pass by not running.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installTestTools } from './support/install-tools.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** A file that hangs is ended after this long, in milliseconds. */
const FILE_TIMEOUT = 5 * 60_000;
/** The same where long files run, too: one of them may work for a quarter of an hour on a busy machine. */
const LONG_FILE_TIMEOUT = 40 * 60_000;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { long: { type: 'boolean', default: false } },
});
const selections = positionals.length > 0 ? positionals : ['all'];
const files = [...new Set(selections.flatMap(selectFiles))]
  .filter((file) => flags.long || !isLong(file))
  .sort();

if (files.some(isEndToEnd)) {
  // Both before any file runs, so that no two files do it at once.
  buildProgram();
  await installTestTools(['envoy', 'grpcurl', 'curl', 'openssl']);
}
if (files.some(needsRedis)) await installTestTools(['redis-server']);
const { passed, failures } = await runFiles(files);

for (const failure of failures) console.log(`not ok: ${failure}`);
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 ? 1 : 0;

function selectFiles(selection: string): string[] {
  const all = () => testFilesIn(join(ROOT, 'test'));
  if (selection === 'all') return all();
  if (selection === 'e2e') return all().filter(isEndToEnd);
  if (selection === 'unit') return all().filter((file) => !isEndToEnd(file));
  const path = resolve(selection);
  return statSync(path).isDirectory() ? testFilesIn(path) : [path];
}

function testFilesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(folder, name));
}

function isLong(file: string): boolean {
  return file.endsWith('.long.test.ts');
}

function isEndToEnd(file: string): boolean {
  return ['e2e', 'planes'].some((folder) => file.startsWith(join(ROOT, 'test', folder)));
}

function needsRedis(file: string): boolean {
  return /redis|upgrade/.test(file);
}

function buildProgram(): void {
  const { status } = spawnSync(process.execPath, ['scripts/prepare.js'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) throw new Error('the sources do not build: see above');
}

async function runFiles(paths: readonly string[]): Promise<{ passed: number; failures: string[] }> {
  const failures: string[] = [];
  const unfinished = new Set(paths);
  let passed = 0;
  const timeout = paths.some(isLong) ? LONG_FILE_TIMEOUT : FILE_TIMEOUT;
  const events = run({ files: [...paths], concurrency: 2, timeout });
  // A file is reported like a test that is named for it; one that passes as such has declared no test of its own.
  const isFile = (name: string) => paths.includes(resolve(name));
  events.on('test:complete', ({ name }) => unfinished.delete(resolve(name)));
  // Suites and tests that are open in each file, from the outside in: starts and results come in the order of the file.
  const open = new Map<string, string[]>();
  const pathOf = (file: string | undefined, name: string, nesting: number) =>
    [...(open.get(file ?? '')?.slice(0, nesting) ?? []), name].join(' > ');
  events.on('test:start', ({ name, file, nesting }) => {
    open.set(file ?? '', [...(open.get(file ?? '')?.slice(0, nesting) ?? []), name]);
  });
  events.on('test:pass', ({ name, file, nesting, skip, todo }) => {
    if (isFile(name)) failures.push(`${name} ran no test`);
    else if (skip !== undefined || todo !== undefined)
      failures.push(`${file}: "${pathOf(file, name, nesting)}" is skipped or still to do`);
    else passed += 1;
  });
  events.on('test:fail', ({ name, file, nesting }) => {
    failures.push(isFile(name) ? name : `${file}: ${pathOf(file, name, nesting)}`);
  });
  const report = events.compose(new spec());
  report.pipe(process.stdout);
  await new Promise<void>((done, fail) => report.once('end', done).once('error', fail));
  for (const file of unfinished) failures.push(`${file} was not run`);
  if (paths.length === 0) failures.push('no test file was found');
  return { passed, failures };
}
