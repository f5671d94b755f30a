// What does not fit on one page of a server is all there, in the same order; and a stream is followed over a restart.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, test } from 'node:test';
import { openStore } from '../../src/app/open-store.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Child } from '../support/child.ts';
import { commandLine, createContext } from '../support/command-line.ts';
import { waitUntil } from '../support/wait-until.ts';
import { within } from '../support/within.ts';
import { startAdminServer } from './admin-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-pages-'));
const socket = join(folder, 'admin.sock');
const line = commandLine(folder);
const MANY = 1100;
let child: Child | undefined;
let env: NodeJS.ProcessEnv;

const decision = (n: number) =>
  JSON.stringify({
    event: 'decision',
    revision: 1000,
    time: new Date(Date.UTC(2026, 10, 1) + n).toISOString(),
    verdict: 'deny',
    reason: 'user-unauthorized',
    refusal: 'forbidden',
    account_id: `account-${n % 7}`,
    user_id: `user-${n % 7}`,
    namespace: 'global',
    method: 'GET',
    host: 'a.example.com',
    path: `/${n % 11}`,
  });

async function append(lines: readonly string[]): Promise<void> {
  const context = createContext(folder);
  const store = await openStore(loadConfig({ env: context.env, cwd: folder, flags: {}, file: undefined }));
  await store.telemetry.appendDecisions(lines);
  await store.close();
}

const start = () => startAdminServer(folder, `unix:${socket}`, { path: socket });

before(async () => {
  const { jwt } = await line.json<{ jwt: string }>(['bootstrap', '--id', 'root'], { clock: Date.now });
  env = { SALLYPORT_TOKEN: jwt, SALLYPORT_SERVER: `unix:${socket}` };
  const head = 'apiVersion: sallyport/v1alpha1';
  const input = [
    `${head}\nkind: Policy\nid: open\nnamespace: global\nppl: { allow: { or: [{ user: user-1 }] } }`,
    `${head}\nkind: Namespace\nid: global\ndefault_policies: [open]`,
    ...Array.from(
      { length: MANY },
      (_, n) => `${head}\nkind: ServiceAccount\nid: account-${n}\nnamespace: global\nuser_id: user-${n}`,
    ),
  ].join('\n---\n');
  const { code, stderr } = await line.run(['apply', '-f', '-'], { input });
  assert.equal(code, 0, stderr);
  await append(Array.from({ length: MANY }, (_, n) => decision(n)));
  writeFileSync(join(folder, 'many.jsonl'), Array.from({ length: 4500 }, (_, n) => decision(n)).join('\n'));
  writeFileSync(
    join(folder, 'changed.yaml'),
    `${head}\nkind: Policy\nid: open\nnamespace: global\nppl: { allow: { or: [{ user: user-2 }, { user: user-3 }] } }\n`,
  );
  child = await start();
});
after(async () => {
  await child?.stop();
  rmSync(folder, { recursive: true, force: true });
});

for (const args of [
  ['sa', 'list'],
  ['get', 'sa', '-o', 'json'],
  ['export'],
  ['activity', 'list', '-o', 'jsonl'],
  ['activity', 'list', '--limit', '777'],
  ['decisions', 'export'],
  ['decisions', 'tail', '--lines', '600'],
  ['policy', 'try', '--policy', 'changed.yaml', '--from', 'many.jsonl'],
])
  test(`${args.join(' ')} is whole`, async () => {
    const local = await line.run(args, { clock: Date.now });
    const remote = await line.run(args, { clock: Date.now, env });
    assert.equal(local.code, 0, local.stderr);
    assert.equal(remote.code, 0, remote.stderr);
    assert.ok(local.stdout.length > 1000 || args[0] === 'policy');
    assert.ok(
      remote.stdout === local.stdout,
      `${remote.stdout.slice(0, 500)}\nand not\n${local.stdout.slice(0, 500)}`,
    );
  });

test('decisions tail --follow goes on where it was once a server that went away is back', async () => {
  const [stdout, stderr] = [
    new PassThrough({ highWaterMark: 1 << 20 }),
    new PassThrough({ highWaterMark: 1 << 20 }),
  ];
  const said = { out: '', err: '' };
  stdout.on('data', (chunk: Buffer) => {
    said.out += chunk.toString();
  });
  stderr.on('data', (chunk: Buffer) => {
    said.err += chunk.toString();
  });
  const context = { ...createContext(folder, { env }), stdout, stderr };
  const ended = runCli(['decisions', 'tail', '-f', '--lines', '1', '-o', 'json'], context, '0.0.0');
  await waitUntil('what is there', () => said.out !== '');
  await append([decision(2000)]);
  await waitUntil('what comes', () => said.out.includes('"/9"'));
  await child?.stop();
  await waitUntil('the note', () => said.err.includes('waiting for the server: unix:'));
  await append([decision(2010)]);
  child = await start();
  await waitUntil('that it is back', () => said.err.includes('the server is available again'));
  await waitUntil('what came meanwhile', () => said.out.includes('"/8"'));
  process.emit('SIGINT');
  assert.equal(await within(ended, 'the end'), 0);
  assert.equal(said.out.split('\n').length, 4, said.out);
});
