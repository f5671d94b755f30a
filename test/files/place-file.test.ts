import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { linkUnlessTaken, placeFile } from '../../src/files/place-file.ts';

async function inFolder(use: (path: string, folder: string) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-place-'));
  try {
    await use(join(folder, 'a.json'), folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a placed file is whole, has its mode, and leaves no temporary file', () =>
  inFolder(async (path, folder) => {
    await writeFile(path, 'old');
    await placeFile(path, ['new ', 'text'], 0o600, async (temporary) => {
      assert.equal(await readFile(temporary, 'utf8'), 'new text');
      assert.equal(await readFile(path, 'utf8'), 'old');
      await rename(temporary, path);
    });
    assert.equal(await readFile(path, 'utf8'), 'new text');
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['a.json']);
  }));

test('a taken name keeps its file', () =>
  inFolder(async (path, folder) => {
    const place = (text: string) =>
      placeFile(path, [text], 0o600, (temporary) => linkUnlessTaken(temporary, path));
    assert.equal(await place('first'), true);
    assert.equal(await place('second'), false);
    assert.equal(await readFile(path, 'utf8'), 'first');
    assert.deepEqual(await readdir(folder), ['a.json']);
  }));

test('nothing is left if the chunks or the placing fail', () =>
  inFolder(async (path, folder) => {
    const chunks = function* () {
      yield 'half';
      throw new Error('no more');
    };
    await assert.rejects(
      placeFile(path, chunks(), 0o600, async () => undefined),
      /no more/,
    );
    await assert.rejects(
      placeFile(path, ['x'], 0o600, () => Promise.reject(new Error('not placed'))),
      /not placed/,
    );
    assert.deepEqual(await readdir(folder), []);
  }));
