import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type WatchedFiles, watchFiles } from '../../src/files/watch-files.ts';
import { generateKeyFile } from '../../src/tokens/generate-key-file.ts';
import { loadSigningKeys } from '../../src/tokens/key-file.ts';
import type { SigningKeys } from '../../src/tokens/key-set.ts';
import { inFolder, until } from '../support/token-fixture.ts';

interface Watching {
  readonly folder: string;
  readonly path: string;
  readonly keys: WatchedFiles<SigningKeys>;
  readonly errors: Error[];
  readonly changes: number[];
}

function watching(use: (watching: Watching) => Promise<void>, interval = 5): Promise<void> {
  return inFolder(async (folder) => {
    const path = join(folder, 'key.json');
    await generateKeyFile(path, 'EdDSA');
    const errors: Error[] = [];
    const changes: number[] = [];
    const keys = await watchFiles([path], () => loadSigningKeys(path), {
      interval,
      onError: (error) => errors.push(error),
      onChange: (_, generation) => changes.push(generation),
    });
    try {
      await use({ folder, path, keys, errors, changes });
    } finally {
      keys.close();
    }
  });
}

async function newKeyText(folder: string): Promise<string> {
  const path = join(folder, `new-${Math.random()}.json`);
  await generateKeyFile(path, 'EdDSA');
  return readFile(path, 'utf8');
}

describe('a watched key file', () => {
  test('is read again when another is renamed into its place', () =>
    watching(async ({ folder, path, keys, changes }) => {
      const before = keys.current;
      await generateKeyFile(join(folder, 'next.json'), 'ES256');
      await rename(join(folder, 'next.json'), path);
      await until(() => keys.generation === 2, 'a second generation');
      assert.equal(keys.current.signer.alg, 'ES256');
      assert.ok(
        !keys.current.verification.has(before.signer.kid),
        'a key that was taken out is gone at once',
      );
      assert.equal(before.signer.alg, 'EdDSA', 'the old set is what it was');
      assert.deepEqual(changes, [2]);
    }));

  test('is read again when it is written in place, even with its times set back', () =>
    watching(async ({ folder, path, keys }) => {
      const kid = keys.current.signer.kid;
      await writeFile(path, await newKeyText(folder));
      await utimes(path, 1, 1);
      await until(() => keys.current.signer.kid !== kid, 'another key');
    }));

  test('is read again when a link on its way is swapped, as Kubernetes does', () =>
    inFolder(async (folder) => {
      for (const name of ['one', 'two']) await generateKeyFile(join(folder, name, 'key.json'), 'EdDSA');
      await mkdir(join(folder, 'mount'));
      await symlink(join(folder, 'one'), join(folder, 'mount', '..data'));
      await symlink(join('..data', 'key.json'), join(folder, 'mount', 'key.json'));
      const path = join(folder, 'mount', 'key.json');
      const keys = await watchFiles([path], () => loadSigningKeys(path), { interval: 5 });
      try {
        await symlink(join(folder, 'two'), join(folder, 'mount', '..tmp'));
        await rename(join(folder, 'mount', '..tmp'), join(folder, 'mount', '..data'));
        await until(() => keys.generation === 2, 'a second generation');
        assert.equal(
          keys.current.signer.kid,
          (await loadSigningKeys(join(folder, 'two', 'key.json'))).signer.kid,
        );
      } finally {
        keys.close();
      }
    }));

  const spoilers: Record<string, (path: string) => Promise<void>> = {
    'that is no longer JSON': (path) => writeFile(path, '{'),
    'that has no key any more': (path) => writeFile(path, '{"keys":[]}'),
    'that is gone': (path) => rm(path),
    'that others may read': (path) => chmod(path, 0o644),
  };
  for (const [name, spoil] of Object.entries(spoilers))
    test(`${name} keeps the old keys, is told of once, and is taken up again when mended`, () =>
      watching(async ({ folder, path, keys, errors }) => {
        const before = keys.current;
        await spoil(path);
        await until(() => errors.length > 0, 'an error');
        assert.equal(await keys.reload(), 'failed');
        assert.equal(keys.current, before);
        assert.equal(keys.generation, 1);
        assert.equal(errors.length, 1);
        assert.ok(errors[0]?.message.startsWith(`key file ${path}: `));
        const text = await newKeyText(folder);
        await rm(path, { force: true });
        await writeFile(path, text, { mode: 0o600 });
        await until(() => keys.current !== before, 'the mended keys');
      }));

  test('is read at once on reload, whatever its times', () =>
    watching(async ({ folder, path, keys }) => {
      await writeFile(path, await newKeyText(folder));
      assert.equal(await keys.reload(), 'changed');
      assert.equal(keys.generation, 2);
      assert.equal(keys.current.signer.kid, (await loadSigningKeys(path)).signer.kid);
    }, 60_000));

  test('is left alone after close', () =>
    watching(async ({ folder, path, keys, errors, changes }) => {
      const before = keys.current;
      const reading = keys.reload();
      keys.close();
      await writeFile(path, await newKeyText(folder));
      assert.equal(await reading, 'failed');
      assert.equal(await keys.reload(), 'failed');
      assert.equal(keys.current, before);
      assert.deepEqual([errors, changes], [[], []]);
    }));

  test('that is bad from the start is an error', () =>
    inFolder((folder) => {
      const path = join(folder, 'none');
      return assert.rejects(
        watchFiles([path], () => loadSigningKeys(path)),
        /does not exist/,
      );
    }));
});
