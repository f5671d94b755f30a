// `npm run release:check`: whether this checkout could be released as it is. docs/release.md has the checklist.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readLockedPackages } from './release/locked-packages.ts';
import { ReleaseRefused, type ReleaseState, readChangelog, releaseState } from './release/release-state.ts';
import { checkSbom, withoutDevelopment } from './release/sbom.ts';
import { describeDifference, expectedFiles } from './release/tarball.ts';

const HELP = `Usage: npm run release:check -- [options]

Checks that this checkout could be released: version and CHANGELOG.md, a clean working tree, what is in the
tarball, that it installs and runs without anything of development, and the licences in the SBOM.

Options:
  --final         refuse while changes are waiting in [Unreleased]: for the commit that is tagged
  --output DIR    keep the tarball and the SBOM (sbom.cdx.json) there
  -h, --help      display this

Exit codes: 0 it could be released, 1 it could not, 2 the command line is wrong.
`;

const ROOT = process.cwd();
const PackageFile = z.object({ name: z.string(), version: z.string() });
const Packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })]);

/** What `execFileSync` throws. */
const Failed = z.object({ stdout: z.string().optional(), stderr: z.string().optional() });

process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): number {
  const options = readOptions(args);
  if (options === undefined) return 2;
  if (options.help) {
    print(HELP);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-release-'));
  try {
    const { next } = checkRelease(folder, options);
    print(`\nNext:\n${next.map((line) => `- ${line}\n`).join('')}`);
    return 0;
  } catch (error) {
    if (!(error instanceof ReleaseRefused)) throw error;
    print(`not ok: ${error.message}\n`);
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        final: { type: 'boolean', default: false },
        output: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return undefined;
  }
}

function checkRelease(folder: string, { final, output }: { final: boolean; output?: string }): ReleaseState {
  const { name, version } = PackageFile.parse(readJson('package.json'));
  const state = releaseState(version, readChangelog(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8')));
  if (final && state.state !== 'ready')
    throw new ReleaseRefused(`CHANGELOG.md: changes are waiting in [Unreleased]\n${state.next.join('\n')}`);
  print(
    `ok: version ${version}, ${state.state === 'ready' ? 'in CHANGELOG.md' : 'with changes in [Unreleased]'}\n`,
  );

  const changed = run('git', ['status', '--porcelain']).trimEnd();
  if (changed !== '') throw new ReleaseRefused(`the working tree has changes:\n${changed}`);
  print('ok: the working tree is clean\n');

  const kept = output === undefined ? folder : resolve(output);
  mkdirSync(kept, { recursive: true });
  const tarball = pack(kept);
  print(`ok: ${tarball} holds the program, its licence and nothing of development\n`);

  install(tarball, mkdtempSync(join(folder, 'install-')), version);
  print('ok: it installs without development dependencies and install scripts, and runs\n');

  const sbom = writeSbom(join(folder, name));
  const checked = checkSbom(JSON.parse(sbom), readLockedPackages(join(ROOT, 'package-lock.json')));
  if (checked.problems.length > 0) throw new ReleaseRefused(`the SBOM: ${checked.problems.join('; ')}`);
  writeFileSync(join(kept, 'sbom.cdx.json'), sbom);
  print(
    `ok: the SBOM names ${checked.components} packages, each with its licence: ${checked.licences.join(', ')}\n`,
  );
  return state;
}

/** Builds with the compiler's checks, packs, and compares what is in the tarball with what should be. */
function pack(destination: string): string {
  run('npm', ['run', '--silent', 'build']);
  const [{ filename, files }] = Packed.parse(
    JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', destination])),
  );
  const tracked = run('git', ['ls-files']).trimEnd().split('\n');
  const difference = describeDifference(
    files.map(({ path }) => path),
    expectedFiles(tracked),
  );
  if (difference !== undefined) throw new ReleaseRefused(`the tarball ${difference}`);
  return join(destination, filename);
}

function install(tarball: string, folder: string, version: string): void {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  run(
    'npm',
    ['install', '--prefix', folder, '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', tarball],
    folder,
  );
  if (existsSync(join(folder, 'node_modules', 'typescript')))
    throw new ReleaseRefused('an installation without development dependencies has TypeScript in it');
  const program = join(folder, 'node_modules', '.bin', 'sallyport');
  const printed = run(program, ['--version'], folder).trim();
  if (printed !== version)
    throw new ReleaseRefused(`sallyport --version prints ${printed}, and not ${version}`);
  run(program, ['--help'], folder);
  // Loads the one library that has a binary of its own.
  run(program, ['store', 'init'], folder);
}

/** npm names the program after the folder. */
function writeSbom(folder: string): string {
  const production = withoutDevelopment(readJson('package.json'), readJson('package-lock.json'));
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify(production.package));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(production.lock));
  return run(
    'npm',
    ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'],
    folder,
  );
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, name), 'utf8'));
}

/** Standard output of a program. A program that fails is a reason to refuse. */
function run(program: string, args: readonly string[], cwd = ROOT): string {
  try {
    return execFileSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, stdio: 'pipe' });
  } catch (error) {
    const { stdout = '', stderr = '' } = Failed.parse(error);
    throw new ReleaseRefused(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`);
  }
}

function print(text: string): void {
  process.stdout.write(text);
}
