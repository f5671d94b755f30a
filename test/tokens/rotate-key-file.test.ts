import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { watchFiles } from '../../src/files/watch-files.ts';
import { generateKeyFile } from '../../src/tokens/generate-key-file.ts';
import { listKeyFile } from '../../src/tokens/key-entries.ts';
import { loadSigningKeys, loadVerificationKeys } from '../../src/tokens/key-file.ts';
import { KeyFileError } from '../../src/tokens/key-file-error.ts';
import { withFileLock } from '../../src/tokens/lock-file.ts';
import { writePublicKeys } from '../../src/tokens/publish-key-file.ts';
import { promoteKey, removeKey, rotateKeyFile } from '../../src/tokens/rotate-key-file.ts';
import { inFolder, NOW, until } from '../support/token-fixture.ts';

async function withKeyFile(
  use: (path: string, first: string, folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const path = join(folder, 'key.json');
    await generateKeyFile(path, 'EdDSA', NOW);
    await use(path, (await loadSigningKeys(path)).signer.kid, folder);
  });
}

const kidsOf = async (path: string) => (await listKeyFile(path)).map(({ kid }) => kid);

describe('a rotated key file', () => {
  test('signs with the new key, and still verifies with the old one', () =>
    withKeyFile(async (path, first, folder) => {
      const { kid, previous } = await rotateKeyFile(path, 'ES256', NOW);
      assert.equal(previous, first);
      const keys = await loadSigningKeys(path);
      assert.deepEqual([keys.signer.kid, keys.signer.alg], [kid, 'ES256']);
      assert.deepEqual([...keys.verification.keys()], [kid, first]);
      assert.equal((await stat(path)).mode & 0o777, 0o600);
      assert.deepEqual(await readdir(folder), ['key.json'], 'neither lock nor temporary file is left');
    }));

  test('tells which key signs, and since when it is there', () =>
    withKeyFile(async (path, first) => {
      const { kid } = await rotateKeyFile(path, 'EdDSA', NOW + 1000);
      assert.deepEqual(await listKeyFile(path), [
        { kid, alg: 'EdDSA', state: 'signs', createdAt: NOW + 1000 },
        { kid: first, alg: 'EdDSA', state: 'verifies', createdAt: NOW },
      ]);
    }));

  test('in two steps: the next key verifies first, and signs once it is promoted', () =>
    withKeyFile(async (path, first) => {
      const { kid } = await rotateKeyFile(path, 'EdDSA', NOW, { next: true });
      assert.equal((await loadSigningKeys(path)).signer.kid, first);
      assert.ok((await loadVerificationKeys(path)).verification.has(kid));
      await promoteKey(path, kid);
      assert.equal((await loadSigningKeys(path)).signer.kid, kid);
      assert.deepEqual(await kidsOf(path), [kid, first]);
    }));

  test('loses no key where several rotate at once', () =>
    withKeyFile(async (path, first) => {
      const rotations = await Promise.all(Array.from({ length: 8 }, () => rotateKeyFile(path, 'EdDSA', NOW)));
      const kids = await kidsOf(path);
      assert.deepEqual(new Set(kids), new Set([first, ...rotations.map(({ kid }) => kid)]));
      assert.equal(kids.length, 9);
    }));

  test('keeps what others wrote into a key', () =>
    withKeyFile(async (path) => {
      const set = JSON.parse(await readFile(path, 'utf8'));
      set.keys[0].note = 'ours';
      await writeFile(path, JSON.stringify(set));
      await rotateKeyFile(path, 'EdDSA', NOW);
      assert.equal(JSON.parse(await readFile(path, 'utf8')).keys[1].note, 'ours');
    }));

  test('may have been PEM, under the same kid', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'key.pem');
      const { privateKey } = generateKeyPairSync('ed25519');
      await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
      const before = (await loadSigningKeys(path)).signer.kid;
      const { kid, previous } = await rotateKeyFile(path, 'EdDSA', NOW);
      assert.equal(previous, before);
      await promoteKey(path, before);
      assert.deepEqual(await kidsOf(path), [before, kid]);
      assert.equal((await listKeyFile(path))[0]?.createdAt, undefined);
    }));

  test('is what a link leads to, not the link', () =>
    withKeyFile(async (path, _first, folder) => {
      const link = join(folder, 'link.json');
      await symlink(path, link);
      const { kid } = await rotateKeyFile(link, 'EdDSA', NOW);
      assert.ok((await lstat(link)).isSymbolicLink());
      assert.equal((await loadSigningKeys(path)).signer.kid, kid);
    }));

  test('is taken up by who watches it, and so is a removal', () =>
    withKeyFile(async (path, first) => {
      const watch = await watchFiles([path], () => loadSigningKeys(path), { interval: 5 });
      try {
        const { kid } = await rotateKeyFile(path, 'EdDSA', NOW);
        await until(() => watch.current.signer.kid === kid, 'the new key');
        assert.ok(watch.current.verification.has(first));
        await removeKey(path, first);
        await until(() => !watch.current.verification.has(first), 'the removal');
        assert.deepEqual([...watch.current.verification.keys()], [kid]);
      } finally {
        watch.close();
      }
    }));
});

describe('a key can’t be removed or promoted', () => {
  const refused = async (work: Promise<unknown>, why: RegExp) => {
    await assert.rejects(work, (error) => error instanceof KeyFileError && why.test(error.message));
  };

  test('while it signs, or is the only one', () =>
    withKeyFile(async (path, first) => {
      await refused(removeKey(path, first), /holds no key but/);
      const { kid } = await rotateKeyFile(path, 'EdDSA', NOW);
      await refused(removeKey(path, kid), /signs with .*: rotate first/);
      assert.deepEqual(await kidsOf(path), [kid, first]);
    }));

  test('where there is none of that kid, or no file', () =>
    withKeyFile(async (path, _first, folder) => {
      await refused(removeKey(path, 'other'), /holds no key "other"/);
      await refused(promoteKey(path, 'other'), /holds no key "other"/);
      await refused(
        rotateKeyFile(join(folder, 'none.json'), 'EdDSA', NOW),
        /does not exist: run sallyport key init/,
      );
    }));

  test('where only its public half is there', () =>
    withKeyFile(async (path, first) => {
      const { kid } = await rotateKeyFile(path, 'EdDSA', NOW);
      const set = JSON.parse(await readFile(path, 'utf8'));
      delete set.keys[1].d;
      await writeFile(path, JSON.stringify(set));
      await refused(promoteKey(path, first), /public half .* can't sign/);
      assert.equal((await loadSigningKeys(path)).signer.kid, kid);
    }));

  test('where others may read it: a file that no start would load is not changed', () =>
    withKeyFile(async (path, first) => {
      const { kid } = await rotateKeyFile(path, 'EdDSA', NOW);
      await chmod(path, 0o604);
      const before = await readFile(path, 'utf8');
      await refused(rotateKeyFile(path, 'EdDSA', NOW), /others have access to it/);
      await refused(promoteKey(path, first), /others have access to it/);
      await refused(removeKey(path, first), /others have access to it/);
      assert.equal(await readFile(path, 'utf8'), before);
      assert.deepEqual(await kidsOf(path), [kid, first]);
    }));

  test('while another process holds the lock; the error names it', () =>
    withKeyFile(async (path) => {
      await writeFile(`${path}.lock`, '4711');
      await refused(
        withFileLock(path, async () => undefined, 30),
        /another process \(4711\); if it no longer runs, remove .*key\.json\.lock/,
      );
    }));
});

describe('the public set', () => {
  test('has no private member, and takes the place of an older one', () =>
    withKeyFile(async (path, first, folder) => {
      const file = join(folder, 'public.json');
      await writePublicKeys(file, (await loadSigningKeys(path)).publicJwks);
      const { kid } = await rotateKeyFile(path, 'EdDSA', NOW);
      await writePublicKeys(file, (await loadSigningKeys(path)).publicJwks);
      assert.deepEqual(await kidsOf(file), [kid, first]);
      assert.doesNotMatch(await readFile(file, 'utf8'), /"d"/);
      assert.equal((await stat(file)).mode & 0o444, 0o444);
    }));

  test('never takes the place of a private key, or of what is no key', () =>
    withKeyFile(async (path, _first, folder) => {
      const { publicJwks } = await loadSigningKeys(path);
      const before = await readFile(path, 'utf8');
      await assert.rejects(writePublicKeys(path, publicJwks), /holds a private key, and is not replaced/);
      assert.equal(await readFile(path, 'utf8'), before);
      await writeFile(join(folder, 'notes'), 'hello');
      await assert.rejects(writePublicKeys(join(folder, 'notes'), publicJwks), KeyFileError);
      await assert.rejects(
        writePublicKeys(join(folder, 'none', 'x'), publicJwks),
        /can't be written \(ENOENT\)/,
      );
    }));
});

test('a folder that can’t be written to is told of, and nothing changes', () =>
  inFolder(async (folder) => {
    const inner = join(folder, 'inner');
    await mkdir(inner);
    const path = join(inner, 'key.json');
    await generateKeyFile(path, 'EdDSA', NOW);
    const before = await readFile(path, 'utf8');
    // Root may write anywhere; a lock in the form of a folder stops it as well.
    await mkdir(`${path}.lock`);
    await chmod(inner, 0o500);
    await assert.rejects(
      withFileLock(path, async () => undefined, 30),
      KeyFileError,
    );
    await chmod(inner, 0o700);
    assert.equal(await readFile(path, 'utf8'), before);
  }));
