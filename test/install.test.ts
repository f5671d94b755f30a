// What `npm ci` prints on Node 20, 22 and 24: no engine warning, no deprecation, no install script that awaits a decision.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { z } from 'zod';
import { readLockedPackages } from '../scripts/release/locked-packages.ts';

const readRoot = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));

const PackageFile = z.object({ allowScripts: z.record(z.string(), z.boolean()) });

const installed = readLockedPackages(new URL('../package-lock.json', import.meta.url));

/** Whether a range of npm has an alternative for a major version: `>=20`, `^20.19.0 || >=22.12`, `20 || 22`. */
function supports(range: string, major: number): boolean {
  return range.split('||').some((alternative) => {
    const [, operator = '', from = ''] = /^\s*(>=|>|\^|~|=?)\s*v?(\d+)/.exec(alternative) ?? [];
    return operator.startsWith('>') ? Number(from) <= major : Number(from) === major;
  });
}

for (const major of [20, 22, 24])
  test(`every package that npm installs supports Node ${major}`, () => {
    const unsupported = installed.filter(
      ({ engines, optional }) =>
        !optional && engines?.node !== undefined && engines.node !== '*' && !supports(engines.node, major),
    );
    assert.deepEqual(
      unsupported.map(({ place, engines }) => `${place} needs ${engines?.node}`),
      [],
    );
  });

test('no package that npm installs is deprecated', () => {
  assert.deepEqual(
    installed.filter(({ deprecated }) => deprecated !== undefined),
    [],
  );
});

test('package.json allows or denies the install script of each package that has one', () => {
  const decided = Object.keys(PackageFile.parse(readRoot('package.json')).allowScripts);
  const scripted = installed
    .filter(({ hasInstallScript, optional }) => hasInstallScript && !optional)
    .map(({ name }) => name);
  assert.ok(scripted.length > 0);
  assert.deepEqual(
    scripted.filter((name) => !decided.includes(name)),
    [],
  );
});
