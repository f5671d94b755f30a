// In the wrong folder no verb makes a store, or a key whose JWTs no sidecar takes; and every change says where it was made.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { programCommand, runProgram } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-missing-store-'));
after(() => rmSync(folder, { recursive: true }));
const POLICY =
  '{ apiVersion: sallyport/v1alpha1, kind: Policy, id: p, namespace: global, ppl: { allow: { or: [accept: true] } } }';
writeFileSync(join(folder, 'p.yaml'), POLICY);
writeFileSync(join(folder, 'people.csv'), 'id,email\nalice,alice@example.com\n');
writeFileSync(join(folder, 'decisions.jsonl'), '');

const run = (name: string, ...args: string[]) =>
  runProgram([...programCommand(), ...args, '--set', `store.embedded.path=${join(folder, name)}`]);

const VERBS: readonly string[][] = [
  ['apply', '-f', join(folder, 'p.yaml')],
  ['delete', 'policy', 'p'],
  ['get', 'policies'],
  ['export'],
  ['explain', 'https://shop.example.com/'],
  ['sa', 'create', '--user-id', 'x', '--namespace', 'global'],
  ['sa', 'list'],
  ['sa', 'show', 'x'],
  ['sa', 'rotate', 'x'],
  ['sa', 'revoke', 'x'],
  ['sa', 'disable', 'x'],
  ['sa', 'enable', 'x'],
  ['sa', 'delete', 'x'],
  ['bootstrap', '--id', 'alice'],
  ['backup', join(folder, 'backup.jsonl')],
  ['decisions', 'tail'],
  ['decisions', 'export'],
  ['activity', 'list'],
  ['directory', 'import', '-f', join(folder, 'people.csv')],
  ['policy', 'try', '--policy', join(folder, 'p.yaml'), '--from', join(folder, 'decisions.jsonl')],
];

describe('where there is no store', () => {
  for (const args of VERBS)
    test(`${args.slice(0, 2).join(' ')} makes none, and says which folder it looked in and what to do`, async () => {
      const { code, stdout, stderr } = await run('nowhere', ...args);
      assert.equal(code, 4, stderr);
      assert.equal(stdout, '');
      assert.ok(stderr.includes(`there is no store in ${join(folder, 'nowhere', 'store')}. `), stderr);
      assert.match(stderr, /--config FILE or --set store\.embedded\.path=FOLDER/);
      assert.match(stderr, /sallyport serve, or by sallyport store init/);
      assert.ok(!existsSync(join(folder, 'nowhere')), 'nothing was made');
    });

  test('store init makes the store and the key that signs credentials, and touches neither again', async () => {
    const made = await run('new', 'store', 'init');
    assert.equal(made.code, 0, made.stderr);
    assert.equal(made.stdout, `Made the store in ${join(folder, 'new', 'store')}\n`);
    const files = readdirSync(join(folder, 'new', 'keys')).sort();
    assert.deepEqual(files, ['credential.jwks.json', 'credential.public.jwks.json']);
    const again = await run('new', 'store', 'init', '-o', 'json');
    assert.deepEqual(JSON.parse(again.stdout), { store: join(folder, 'new', 'store'), made: false });
  });
});

describe('a change says on standard error which store it went to', () => {
  const place = `on the store in ${join(folder, 'known', 'store')}\n`;
  before(async () => {
    await run('known', 'store', 'init');
  });

  test('to people first, of a change that fails, too', async () => {
    const made = await run(
      'known',
      'sa',
      'create',
      '--id',
      'x',
      '--user-id',
      'x',
      '--namespace',
      'global',
      '--expires-in',
      '1d',
    );
    assert.equal(made.code, 0, made.stderr);
    assert.ok(made.stderr.startsWith(place), made.stderr);
    const failed = await run('known', 'sa', 'enable', 'nobody');
    assert.equal(failed.code, 1);
    assert.ok(failed.stderr.startsWith(place), failed.stderr);
  });

  test('to scripts once it is made: an error stands there alone, as JSON', async () => {
    const made = await run('known', 'sa', 'enable', 'x', '-o', 'json');
    assert.deepEqual([made.code, made.stderr], [0, place]);
    const failed = await run('known', 'sa', 'enable', 'nobody', '-o', 'json');
    assert.equal(JSON.parse(failed.stderr).error.code, 'not-found');
  });

  test('and sa create makes no key where the store is there and the key is not', async () => {
    const key = join(folder, 'known', 'elsewhere.jwks.json');
    const { code, stderr } = await run(
      'known',
      ...['sa', 'create', '--user-id', 'y', '--namespace', 'global', '--set', `keys.credential=${key}`],
    );
    assert.equal(code, 4);
    assert.match(stderr, /elsewhere\.jwks\.json: does not exist: sallyport key init makes it/);
    assert.ok(!existsSync(key));
  });
});
