import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ReleaseRefused, readChangelog, releaseState } from '../../scripts/release/release-state.ts';
import { checkSbom, withoutDevelopment } from '../../scripts/release/sbom.ts';
import { describeDifference, expectedFiles } from '../../scripts/release/tarball.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/release-check.ts', import.meta.url));
const CHANGES = '### Added\n- Something.\n';

/** A changelog with this text in `[Unreleased]`, and these headings below. */
function changelog(unreleased: string, ...headings: readonly string[]): string {
  return [
    '# Changelog',
    '',
    '## [Unreleased]',
    '',
    unreleased,
    ...headings.map((heading) => `## ${heading}\n\n- Old.\n`),
  ].join('\n');
}

function stateOf(version: string, text: string): string {
  try {
    return releaseState(version, readChangelog(text)).state;
  } catch (error) {
    if (!(error instanceof ReleaseRefused)) throw error;
    return 'refused';
  }
}

describe('the version and CHANGELOG.md', () => {
  const cases: readonly [name: string, version: string, text: string, state: string][] = [
    ['changes wait for the first release', '0.1.0', changelog(CHANGES), 'preparing'],
    ['changes wait after a release', '0.1.0', changelog(CHANGES, '[0.1.0] - 2027-01-31'), 'preparing'],
    ['the version was raised already', '0.2.0', changelog(CHANGES, '[0.1.0] - 2027-01-31'), 'preparing'],
    [
      'nothing waits, and the version has its heading',
      '0.1.0',
      changelog('', '[0.1.0] - 2027-01-31'),
      'ready',
    ],
    ['empty headings are no changes', '0.1.0', changelog('### Added\n', '[0.1.0] - 2027-01-31'), 'ready'],
    ['nothing is in it at all', '0.1.0', changelog(''), 'refused'],
    ['there is no [Unreleased], and no version', '0.1.0', '# Changelog\n', 'refused'],
    ['the version has no heading', '0.2.0', changelog('', '[0.1.0] - 2027-01-31'), 'refused'],
    [
      'the version is older than the newest heading',
      '0.1.9',
      changelog(CHANGES, '[0.2.0] - 2027-01-31'),
      'refused',
    ],
    ['numbers are compared as numbers', '0.10.0', changelog(CHANGES, '[0.9.0] - 2027-01-31'), 'preparing'],
    [
      'a pre-release is older than its release',
      '1.0.0-rc.1',
      changelog(CHANGES, '[1.0.0] - 2027-01-31'),
      'refused',
    ],
    ['the heading has no date', '0.1.0', changelog('', '[0.1.0]'), 'refused'],
    ['the date is none', '0.1.0', changelog('', '[0.1.0] - 2027-13-31'), 'refused'],
    ['a heading names no version', '0.1.0', changelog('', 'Next'), 'refused'],
    ['the version is not semantic', '1.0', changelog(CHANGES), 'refused'],
  ];
  for (const [name, version, text, state] of cases)
    test(`${name}: ${state}`, () => assert.equal(stateOf(version, text), state));

  test('a version that is out already has to be raised, and a new one has not', () => {
    const next = (version: string) =>
      releaseState(version, readChangelog(changelog(CHANGES, '[0.1.0] - 2027-01-31'))).next.join('\n');
    assert.match(next('0.1.0'), /npm version/);
    assert.doesNotMatch(next('0.2.0'), /npm version/);
  });
});

describe('npm run release:check', () => {
  const runIn = (files: Readonly<Record<string, string>>, ...args: readonly string[]) => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-release-test-'));
    try {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      spawnSync('git', ['init', '-q'], { cwd: folder });
      return spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), SCRIPT, ...args], {
        cwd: folder,
        encoding: 'utf8',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const packageFile = (version: string) => JSON.stringify({ name: 'sallyport', version });

  test('ends with 1 and the reason for a version without a heading', () => {
    const files = {
      'package.json': packageFile('0.2.0'),
      'CHANGELOG.md': changelog('', '[0.1.0] - 2027-01-31'),
    };
    const { status, stdout } = runIn(files);
    assert.equal(status, 1);
    assert.match(stdout, /^not ok: .*0\.2\.0.*0\.1\.0/);
  });

  test('ends with 1 for a working tree with changes', () => {
    const files = { 'package.json': packageFile('0.1.0'), 'CHANGELOG.md': changelog(CHANGES) };
    const { status, stdout } = runIn(files);
    assert.equal(status, 1);
    assert.match(stdout, /^ok: .*\nnot ok: .*\n\?\? CHANGELOG\.md/);
  });

  test('with --final, ends with 1 while changes are waiting', () => {
    const files = { 'package.json': packageFile('0.1.0'), 'CHANGELOG.md': changelog(CHANGES) };
    const { status, stdout } = runIn(files, '--final');
    assert.equal(status, 1);
    assert.match(stdout, /\[Unreleased\]/);
  });

  test('ends with 0 after --help, and with 2 for an option that it does not have', () => {
    assert.equal(runIn({}, '--help').status, 0);
    const { status, stderr } = runIn({}, '--nonsense');
    assert.equal(status, 2);
    assert.match(stderr, /--nonsense/);
  });
});

describe('the tarball', () => {
  const tracked = [
    'src/a/b.ts',
    'test/a.test.ts',
    'bin/sallyport.js',
    'proto/x.proto',
    'README.md',
    'biome.json',
  ];
  const expected = expectedFiles(tracked);

  test('holds what each source is built to, and what the program reads', () => {
    const files = ['bin/sallyport.js', 'proto/x.proto', 'README.md', 'dist/a/b.js', 'dist/a/b.js.map'];
    assert.deepEqual([...expected].sort(), [...files].sort());
    assert.equal(describeDifference(files, expected), undefined);
  });

  test('is refused if it lacks a file, or has one more', () => {
    const [first = '', ...rest] = expected;
    assert.match(describeDifference(rest, expected) ?? '', new RegExp(`lacks ${first}`));
    assert.match(describeDifference([...expected, 'src/a/b.ts'], expected) ?? '', /not have, src\/a\/b\.ts/);
  });
});

describe('the SBOM', () => {
  const locked = [
    { name: 'a', version: '1.0.0', place: 'node_modules/a' },
    { name: 'd', version: '1.0.0', place: 'node_modules/d', dev: true },
  ];
  const sbom = (...components: readonly object[]) => ({ bomFormat: 'CycloneDX', components });
  const licenses = [{ license: { id: 'MIT' } }];

  test('names every production dependency with its licence', () => {
    const checked = checkSbom(sbom({ name: 'a', version: '1.0.0', licenses }), locked);
    assert.deepEqual(checked, { components: 1, licences: ['MIT'], problems: [] });
  });

  for (const [name, components] of Object.entries({
    'lacks a dependency': [],
    'has another version': [{ name: 'a', version: '2.0.0', licenses }],
    'has a dependency of development': [
      { name: 'a', version: '1.0.0', licenses },
      { name: 'd', version: '1.0.0', licenses },
    ],
    'has one without a licence': [{ name: 'a', version: '1.0.0', licenses: [] }],
  }))
    test(`is refused if it ${name}`, () =>
      assert.ok(checkSbom(sbom(...components), locked).problems.length > 0));

  test('is made without what is for development', () => {
    const devDependencies = { d: '1.0.0' };
    const lock = {
      lockfileVersion: 3,
      packages: { '': { name: 'x', devDependencies }, 'node_modules/a': {}, 'node_modules/d': { dev: true } },
    };
    assert.deepEqual(withoutDevelopment({ name: 'x', devDependencies }, lock), {
      package: { name: 'x' },
      lock: { lockfileVersion: 3, packages: { '': { name: 'x' }, 'node_modules/a': {} } },
    });
  });
});
