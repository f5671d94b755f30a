import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { generateKeyFile } from '../../src/tokens/generate-key-file.ts';
import { loadSigningKeys } from '../../src/tokens/key-file.ts';
import { KeyFileError } from '../../src/tokens/key-file-error.ts';
import { inFolder } from '../support/token-fixture.ts';

const run = promisify(execFile);

describe('a generated key file', () => {
  for (const alg of ['EdDSA', 'ES256'] as const)
    test(`can be loaded, is its owner's alone, and so is its new folder: ${alg}`, () =>
      inFolder(async (folder) => {
        const path = join(folder, 'a', 'b', 'key.json');
        assert.equal(await generateKeyFile(path, alg), true);
        assert.equal((await loadSigningKeys(path)).signer.alg, alg);
        assert.equal((await stat(path)).mode & 0o777, 0o600);
        assert.equal((await stat(join(folder, 'a'))).mode & 0o777, 0o700);
        assert.deepEqual(await readdir(join(folder, 'a', 'b')), ['key.json'], 'nothing is left beside it');
      }));

  test('never takes the place of a file', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'key.json');
      await writeFile(path, 'mine');
      assert.equal(await generateKeyFile(path, 'EdDSA'), false);
      assert.equal(await readFile(path, 'utf8'), 'mine');
      assert.deepEqual(await readdir(folder), ['key.json']);
    }));

  test('never takes the place of a link that leads nowhere', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'key.json');
      await symlink(join(folder, 'elsewhere'), path);
      assert.equal(await generateKeyFile(path, 'EdDSA'), false);
      assert.deepEqual(await readdir(folder), ['key.json']);
    }));

  test('that has no place is an error that names it', () =>
    inFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '');
      await assert.rejects(generateKeyFile(join(folder, 'file', 'key.json'), 'EdDSA'), KeyFileError);
    }));

  test('is one and the same for all who start at once', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'keys', 'key.json');
      const starts = Array.from({ length: 16 }, async () => {
        const made = await generateKeyFile(path, 'EdDSA');
        return { made, kid: (await loadSigningKeys(path)).signer.kid };
      });
      const results = await Promise.all(starts);
      assert.equal(results.filter((result) => result.made).length, 1);
      assert.equal(new Set(results.map((result) => result.kid)).size, 1);
      assert.deepEqual(await readdir(join(folder, 'keys')), ['key.json']);
    }));

  test('is one and the same for processes that start at once', () =>
    inFolder(async (folder) => {
      const path = join(folder, 'key.json');
      const source = new URL('../../src/tokens/', import.meta.url);
      const script = `
        const { generateKeyFile } = await import('${source}generate-key-file.ts');
        const { loadSigningKeys } = await import('${source}key-file.ts');
        const made = await generateKeyFile(process.argv[1], 'ES256');
        process.stdout.write(JSON.stringify({ made, kid: (await loadSigningKeys(process.argv[1])).signer.kid }));`;
      const processes = Array.from({ length: 3 }, () =>
        run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, path]),
      );
      const results: { made: boolean; kid: string }[] = (await Promise.all(processes)).map(({ stdout }) =>
        JSON.parse(stdout),
      );
      assert.equal(results.filter((result) => result.made).length, 1);
      assert.equal(new Set(results.map((result) => result.kid)).size, 1);
    }));
});
