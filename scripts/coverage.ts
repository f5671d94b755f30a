// `npm run coverage [-- unit | PATH…]`: which lines of src the tests run. CONTRIBUTING.md says how to read it.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { coveredLines, describeCoverage } from './coverage/describe-coverage.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = `${ROOT}coverage`;
const selections = process.argv.slice(2);

if (selections.some((selection) => selection.startsWith('-'))) {
  process.stderr.write('Usage: npm run coverage [-- unit | PATH…]\n');
  process.exit(2);
}
rmSync(FOLDER, { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [
    fileURLToPath(import.meta.resolve('c8/bin/c8.js')),
    ...['--all', '--src', 'src', '--include', 'src/**/*.ts', '--reporter', 'json', '--reports-dir', FOLDER],
    ...[process.execPath, '--import', 'tsx', 'test/run.ts'],
    ...(selections.length > 0 ? selections : ['unit']),
  ],
  { cwd: ROOT, stdio: 'inherit' },
);
const written: unknown = JSON.parse(readFileSync(`${FOLDER}/coverage-final.json`, 'utf8'));
process.stdout.write(describeCoverage(coveredLines(written, ROOT, (file) => readFileSync(file, 'utf8'))));
process.exitCode = status ?? 1;
