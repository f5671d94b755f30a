import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { openStore } from '../../src/app/open-store.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { type CommandLine, createContext, inFolder, NOW } from '../support/command-line.ts';

interface Key {
  readonly use: string;
  readonly kid: string;
  readonly algorithm: string;
  readonly state: string;
  readonly file: string;
  readonly created_at: string | null;
  readonly credentials: number | null;
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
      assert.deepEqual(Object.keys(key ?? {}), [
        'use',
        'kid',
        'algorithm',
        'state',
        'file',
        'created_at',
        'credentials',
      ]);
      assert.equal(key?.created_at, '2026-06-01T00:00:00.000Z');
      assert.match(
        (await line.run(['key', 'list'])).stdout,
        /^credential +\S+ +EdDSA +signs +0 days +0 +\//m,
      );
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

  const create = (line: CommandLine, id: string, ...flags: string[]) =>
    line.json<{ credential_id: string }>([
      ...['sa', 'create', '--id', id, '--user-id', id, '--namespace', 'global'],
      ...flags,
    ]);
  const counts = async (line: CommandLine) =>
    (await list(line))
      .filter(({ use }) => use === 'credential')
      .map(({ state, credentials }) => [state, credentials]);

  test('is refused as long as a credential that the key signed is good; key list counts them', () =>
    inFolder(async (line) => {
      await line.run(['key', 'init']);
      const old = await signer(line, 'credential');
      const { credential_id } = await create(line, 'one');
      await create(line, 'disabled');
      await line.run(['sa', 'disable', 'disabled']);
      await create(line, 'ends', '--expires-in', '1h');
      await line.run(['key', 'rotate', 'credential']);
      await create(line, 'new');
      assert.deepEqual(await counts(line), [
        ['signs', 1],
        ['verifies', 3],
      ]);
      const { credentials } = await line.json<{ credentials: { kid: string }[] }>(['sa', 'show', 'one']);
      assert.equal(credentials[0]?.kid, old);
      assert.match((await line.run(['sa', 'show', 'one'])).stdout, new RegExp(` ${old}$`, 'm'));

      for (const flags of [[], ['--dry-run']]) {
        const refused = await line.run(['key', 'remove', old, ...flags]);
        assert.equal(refused.code, 1);
        assert.match(refused.stderr, /was not removed: it signed 3 live credentials\. Rotate/);
      }
      // Revoked, deleted with its account, or expired: no caller is refused for the key's sake.
      await line.run(['sa', 'revoke', 'one', '--credential', credential_id]);
      await line.run(['sa', 'delete', 'disabled']);
      const later = { clock: () => NOW + 2 * 3_600_000 };
      assert.match((await line.run(['key', 'remove', old], later)).stdout, /is removed from/);
    }));

  test('is refused as long as a credential is good that an older version issued, without recording the key', () =>
    inFolder(async (line) => {
      await line.run(['key', 'init']);
      const old = await signer(line, 'credential');
      const { credential_id: id } = await create(line, 'one');
      await line.run(['key', 'rotate', 'credential']);
      await forgetKey(line, id);
      assert.deepEqual(await counts(line), [
        ['signs', 0],
        ['verifies', 0],
        ['not recorded', 1],
      ]);
      assert.match((await line.run(['sa', 'show', 'one'])).stdout, / unknown$/m);
      const refused = await line.run(['key', 'remove', old]);
      assert.equal(refused.code, 1);
      assert.match(
        refused.stderr,
        /it may have signed 1 live credentials that a version without key ids issued/,
      );
      assert.equal((await line.run(['key', 'remove', old, '--force'])).code, 0);
    }));

  test('knows the key of such a credential once a stored decision names it', () =>
    inFolder(async (line) => {
      await line.run(['key', 'init']);
      const old = await signer(line, 'credential');
      const { credential_id: id } = await create(line, 'one');
      await line.run(['key', 'rotate', 'credential']);
      await forgetKey(line, id);
      const store = await openConfigured(line);
      const used = (credential_id: string, kid: string) =>
        JSON.stringify({ event: 'decision', credential_id, kid });
      await store.telemetry.appendDecisions(['{', used('another', 'other'), used(id, old)]);
      await store.close();
      assert.deepEqual(await counts(line), [
        ['signs', 0],
        ['verifies', 1],
      ]);
      const refused = await line.run(['key', 'remove', old]);
      assert.match(refused.stderr, /it signed 1 live credential\. Rotate/);
    }));

  test('is refused where the store can’t be read; --force removes it all the same, and the lost ones are listed', () =>
    inFolder(async (line) => {
      await line.run(['key', 'init']);
      const old = await signer(line, 'credential');
      await create(line, 'one');
      await line.run(['key', 'rotate', 'credential']);
      const broken = { env: { SALLYPORT_STORE__EMBEDDED__PATH: join(line.folder, 'store', 'keys') } };
      const files = [
        '--set',
        `keys.credential=${join(line.folder, 'store', 'keys', 'credential.jwks.json')}`,
      ];
      await writeFile(join(line.folder, 'store', 'keys', 'store'), 'no folder');
      const refused = await line.run(['key', 'remove', old, ...files], broken);
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /cannot count the credentials that \S+ has signed, so it was not removed/);
      assert.match(
        (await line.run(['key', 'list', ...files], broken)).stderr,
        /credentials are not counted: /,
      );
      const removed = await line.run(['key', 'remove', old, '--force', '-o', 'json']);
      assert.equal(JSON.parse(removed.stdout).state, 'removed');
      assert.deepEqual(await counts(line), [
        ['signs', 0],
        ['in no file', 1],
      ]);
    }));
});

/** Makes credential `id` one that an older version issued: it recorded neither the key nor the issuer. */
async function forgetKey(line: CommandLine, id: string): Promise<void> {
  const store = await openConfigured(line);
  const [record] = await store.get([{ kind: 'credential', id }]);
  const { kid: _kid, issued_by: _by, ...value } = Object(record?.value);
  await store.commit((await store.position()).revision, [{ key: { kind: 'credential', id }, value }]);
  await store.close();
}

function openConfigured({ folder }: CommandLine): ReturnType<typeof openStore> {
  const { env, cwd } = createContext(folder);
  return openStore(loadConfig({ env, cwd, flags: {}, file: undefined }));
}
