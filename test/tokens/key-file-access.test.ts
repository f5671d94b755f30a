import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { generateKeyFile } from '../../src/tokens/generate-key-file.ts';
import { loadSigningKeys } from '../../src/tokens/key-file.ts';
import { checkKeyFileAccess } from '../../src/tokens/key-file-access.ts';
import { KeyFileError } from '../../src/tokens/key-file-error.ts';
import { inFolder } from '../support/token-fixture.ts';

const run = promisify(execFile);

/** A pod's process: user 1000, its group, and the pod's fsGroup. */
const POD = { uid: 1000, gids: [1000, 2000] };
/** As OpenShift starts one: any user, in the group root. */
const ANY_USER = { uid: 1000, gids: [0] };
const ROOT = { uid: 0, gids: [0] };

type Outcome = 'taken' | 'warned' | RegExp;
const OTHERS = /others have access to it/;
const OWNER = /belongs neither to root nor to this process/;
const GROUP = /a group that this process is not in/;
const ROOT_GROUP = /the group root, .* has access .* keys\.allow_group: 0/;
const WRITABLE = /its group may write it/;

const ROWS: readonly (readonly [
  what: string,
  self: typeof POD,
  uid: number,
  gid: number,
  mode: number,
  Outcome,
  allowed?: true,
])[] = [
  ['a Secret volume with fsGroup', POD, 0, 2000, 0o440, 'taken'],
  ['a Secret volume with fsGroup and mode 0640', POD, 0, 2000, 0o640, 'taken'],
  ['a Secret volume whose group is root, for a process in it', ANY_USER, 0, 0, 0o440, ROOT_GROUP],
  ['the same with keys.allow_group: 0', ANY_USER, 0, 0, 0o440, 'taken', true],
  ['the same for a process that is not in the group root', POD, 0, 0, 0o440, GROUP, true],
  ['a Secret volume with its default mode', POD, 0, 2000, 0o444, OTHERS],
  ['a Secret volume for a process that is root', ROOT, 0, 0, 0o440, 'taken'],
  ['a file of its own', POD, 1000, 1000, 0o600, 'taken'],
  ['a file of its own that it may only read', POD, 1000, 1000, 0o400, 'taken'],
  ['a file of its own that its group may read', POD, 1000, 2000, 0o640, 'taken'],
  ['a volume of its own that was remounted with fsGroup', POD, 1000, 2000, 0o660, 'warned'],
  ['a volume of its own with setgid', POD, 1000, 2000, 0o2660, 'warned'],
  ['a file of root that its group may write', POD, 0, 2000, 0o660, WRITABLE],
  ['a file of its own of a group that it is not in', POD, 1000, 3000, 0o640, GROUP],
  ['a file of another user', POD, 1001, 2000, 0o440, OWNER],
  ['a file of another user, for root', ROOT, 1001, 0, 0o600, OWNER],
  ['a file of its own that others may read', POD, 1000, 1000, 0o604, OTHERS],
  ['a file of its own that others may write', POD, 1000, 1000, 0o602, OTHERS],
  ['a file of its own that others may execute', POD, 1000, 1000, 0o601, OTHERS],
];

describe('a private key file', () => {
  for (const [what, self, uid, gid, mode, outcome, rootGroup] of ROWS)
    test(`that is ${what} is ${typeof outcome === 'string' ? outcome : 'refused'}`, () => {
      const warnings: string[] = [];
      const trust = {
        rootGroup: rootGroup === true,
        onWarning: (warning: string) => void warnings.push(warning),
      };
      const check = () => checkKeyFileAccess('/keys/key.json', { uid, gid, mode }, trust, self);
      if (typeof outcome === 'string') check();
      else
        assert.throws(check, (error) => {
          assert.ok(error instanceof KeyFileError);
          assert.match(error.message, outcome);
          return true;
        });
      assert.equal(warnings.length, outcome === 'warned' ? 1 : 0);
    });

  test('is judged as it was opened, not by the link or the folder that leads to it', () =>
    inFolder(async (folder) => {
      // As Kubernetes lays out a volume: key.json → ..data/key.json, and ..data → ..2026.
      const path = join(folder, 'key.json');
      await mkdir(join(folder, '..2026'));
      await generateKeyFile(join(folder, '..2026', 'key.json'), 'EdDSA');
      await symlink('..2026', join(folder, '..data'));
      await symlink(join('..data', 'key.json'), path);
      await loadSigningKeys(path);
      await chmod(join(folder, '..2026', 'key.json'), 0o604);
      await assert.rejects(loadSigningKeys(path), OTHERS);
    }));

  test('of root and the group of a process that is not root is read by that process (0440)', () =>
    inFolder(async (folder) => {
      // Only root can make it; anybody else tries the same with a group of their own.
      const path = join(folder, 'key.json');
      await generateKeyFile(path, 'EdDSA');
      const isRoot = process.getuid?.() === 0;
      if (isRoot) await chown(path, 0, 2000);
      await chmod(path, 0o440);
      await chmod(folder, 0o755);
      if (!isRoot) return void (await loadSigningKeys(path));
      await readAs(['--reuid=1000', '--regid=1000', '--groups=2000'], path);
      await assert.rejects(
        readAs(['--reuid=1000', '--regid=1000', '--groups=3000'], path),
        /may not be read/,
      );
    }));
});

/** Reads a key file as another user, in a process of its own. */
async function readAs(identity: readonly string[], path: string): Promise<void> {
  const source = new URL('../../src/tokens/key-file.ts', import.meta.url);
  const script = `const { loadSigningKeys } = await import('${source}'); await loadSigningKeys(process.argv[1]);`;
  const node = [process.execPath, '--import', 'tsx', '--input-type=module', '-e', script, path];
  await run('setpriv', [...identity, ...node], { env: { ...process.env, HOME: '/tmp', TMPDIR: '/tmp/' } });
}

describe('a key file that exists', () => {
  test('is only read: its folder stays as it was, to the last nanosecond', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'keys', 'key.json');
      await generateKeyFile(path, 'EdDSA');
      const before = await stat(join(folder, 'keys'), { bigint: true });
      assert.equal(await generateKeyFile(path, 'EdDSA'), false);
      const after = await stat(join(folder, 'keys'), { bigint: true });
      assert.deepEqual([after.mtimeNs, after.ctimeNs], [before.mtimeNs, before.ctimeNs]);
    }));

  test('in a folder that can not be written to is taken', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'keys', 'key.json');
      await generateKeyFile(path, 'EdDSA');
      await chmod(join(folder, 'keys'), 0o500);
      try {
        assert.equal(await generateKeyFile(path, 'EdDSA'), false);
        await loadSigningKeys(path);
      } finally {
        await chmod(join(folder, 'keys'), 0o700);
      }
    }));
});
