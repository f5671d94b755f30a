import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type CommandLine, inFolder } from './command-line.ts';

interface Key {
  readonly use: string;
  readonly kid: string;
  readonly algorithm: string;
  readonly state: string;
  readonly file: string;
  readonly created_at: string | null;
}

const list = (line: CommandLine) => line.json<Key[]>(['key', 'list']);
const signer = async (line: CommandLine, use: string) =>
  (await list(line)).find((key) => key.use === use && key.state === 'signs')?.kid ?? '';
const headerOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString());

test('a new credential key is published before it signs', () =>
  inFolder(async (line) => {
    await line.run(['key', 'init']);
    const read = async (name: string) => readFile(join(line.folder, 'store', 'keys', name), 'utf8');
    const rotating = line.run(['key', 'rotate', 'credential']);
    const ids = async (name: string) =>
      (JSON.parse(await read(name)) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
    while ((await ids('credential.public.jwks.json')).length < 2) await setTimeout(5);
    const [before] = await ids('credential.jwks.json');
    assert.equal(before, await signer(line, 'credential'), 'the former key signs still');
    assert.equal((await rotating).code, 0);
    const [after] = await ids('credential.jwks.json');
    assert.notEqual(after, before);
    assert.equal(after, await signer(line, 'credential'));
  }));

describe('key init', () => {
  test('makes what is missing, once', () =>
    inFolder(async (line) => {
      interface Made {
        readonly keys: { use: string; made: boolean; file: string }[];
      }
      const first = await line.json<Made>(['key', 'init', '--only', 'assertion']);
      assert.deepEqual(
        first.keys.map(({ use, made }) => [use, made]),
        [['assertion', true]],
      );
      const { keys } = await line.json<Made>(['key', 'init']);
      assert.deepEqual(
        keys.map(({ use, made }) => [use, made]),
        [
          ['credential', true],
          ['assertion', false],
        ],
      );
      for (const { file } of keys) assert.ok(existsSync(file));
    }));

  test('writes the public set for sidecars that only verify, which then list it and sign nothing', () =>
    inFolder(async (line) => {
      await line.run(['key', 'init', '--public', 'public.json']);
      const text = await readFile(join(line.folder, 'public.json'), 'utf8');
      assert.doesNotMatch(text, /"d"/);
      const env = { SALLYPORT_KEYS__CREDENTIAL: 'off', SALLYPORT_KEYS__VERIFICATION: '[public.json]' };
      const keys = await line.json<Key[]>(['key', 'list'], { env });
      assert.deepEqual(
        keys.map(({ use, state }) => [use, state]),
        [
          ['credential', 'verifies'],
          ['assertion', 'signs'],
        ],
      );
      const refused = await line.run(['key', 'rotate', 'credential'], { env });
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /keys\.credential is off: this machine only verifies/);
    }));
});

describe('key list', () => {
  test('tells use, kid, algorithm, state, age and file, and nothing private', () =>
    inFolder(async (line) => {
      await line.run(['key', 'init']);
      const text = (await line.run(['key', 'list', '-o', 'json'])).stdout;
      assert.doesNotMatch(text, /"d"|PRIVATE/);
      const [key] = await list(line);
      assert.deepEqual(Object.keys(key ?? {}), ['use', 'kid', 'algorithm', 'state', 'file', 'created_at']);
      assert.equal(key?.created_at, '2026-06-01T00:00:00.000Z');
      assert.match((await line.run(['key', 'list'])).stdout, /^credential +\S+ +EdDSA +signs +0 days +\//m);
    }));

  test('tells of files that are missing, and what there is to do', () =>
    inFolder(async (line) => {
      const { code, stdout, stderr } = await line.run(['key', 'list', '-o', 'json']);
      assert.deepEqual([code, stdout], [0, '[]\n']);
      assert.match(stderr, /keys\.credential: key file .* does not exist/);
    }));
});

describe('key rotate', () => {
  test('makes new credentials name the new key', () =>
    inFolder(async (line) => {
      const create = async (user: string) =>
        headerOf(
          (await line.json<{ jwt: string }>(['sa', 'create', '--user-id', user, '--namespace', 'global']))
            .jwt,
        );
      const before = await create('one');
      const rotated = await line.json<{ kid: string; previous: string; state: string }>([
        'key',
        'rotate',
        'credential',
        '--alg',
        'ES256',
      ]);
      assert.equal(rotated.previous, before.kid);
      assert.deepEqual(await create('two'), { ...before, kid: rotated.kid, alg: 'ES256' });
    }));

  test('--next and then key promote: verifies first, signs later', () =>
    inFolder(async (line) => {
      await line.run(['key', 'init']);
      const before = await signer(line, 'assertion');
      const { kid } = await line.json<{ kid: string }>(['key', 'rotate', 'assertion', '--next']);
      assert.equal(await signer(line, 'assertion'), before);
      assert.equal((await line.run(['key', 'promote', kid])).code, 0);
      assert.equal(await signer(line, 'assertion'), kid);
    }));

  test('keeps assertions to ES256, and says what to do without a file', () =>
    inFolder(async (line) => {
      const missing = await line.run(['key', 'rotate', 'assertion']);
      assert.equal(missing.code, 4);
      assert.match(missing.stderr, /does not exist: run sallyport key init/);
      await line.run(['key', 'init']);
      assert.match((await line.run(['key', 'rotate', 'assertion', '--alg', 'EdDSA'])).stderr, /ES256 alone/);
      assert.equal((await line.run(['key', 'rotate', 'asertion'])).code, 2);
    }));
});

describe('key remove', () => {
  test('takes an old key away, from its file and the public set, but not the one that signs', () =>
    inFolder(async (line) => {
      await line.run(['key', 'init']);
      const old = await signer(line, 'credential');
      await line.run(['key', 'rotate', 'credential', '--public', 'public.json']);
      const now = await signer(line, 'credential');
      assert.match((await line.run(['key', 'remove', now])).stderr, /rotate first/);
      assert.equal((await line.run(['key', 'remove', old, '--public', 'public.json'])).code, 0);
      const text = await readFile(join(line.folder, 'public.json'), 'utf8');
      assert.ok(text.includes(now) && !text.includes(old));
      assert.match(
        (await line.run(['key', 'remove', old])).stderr,
        /there is no key .*: see sallyport key list/,
      );
    }));
});
