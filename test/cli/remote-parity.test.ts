// Every verb that can work on an admin API prints there what it prints on the store, byte by byte.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Command } from 'commander';
import type { Child } from '../../demo/child.ts';
import { openStore } from '../../src/app/open-store.ts';
import { createProgram } from '../../src/cli/run-cli.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { startAdminServer } from './admin-server.ts';
import { type CommandLine, commandLine, createContext, type Outcome } from './command-line.ts';
import { DECISIONS, FILES, type ParityRow, ROWS, SEED } from './remote-parity-rows.ts';

/** They ask a server, or keep what is known of servers: there is nothing local to compare with. */
const OF_SERVERS = ['whoami', 'login', 'logout', 'profile list', 'profile use'];
/** They work on this machine's own files and store, whatever server there is. */
const OF_THIS_MACHINE = [
  ...[
    'serve',
    'control-plane',
    'prepare-store',
    'admin',
    'bootstrap',
    'store init',
    'backup',
    'restore',
    'store accept',
    'store repair',
    'config check',
  ],
  ...['key init', 'key list', 'key rotate', 'key promote', 'key remove'],
  ...['policy lint', 'policy test', 'version', 'completion'],
];

function verbs(command: Command, above: readonly string[] = []): { name: string; command: Command }[] {
  return command.commands.flatMap((verb) => {
    const words = [...above, verb.name()];
    return verb.commands.length === 0 ? [{ name: words.join(' '), command: verb }] : verbs(verb, words);
  });
}

const VERBS = verbs(createProgram(createContext('/nonexistent'), '0.0.0'));
const isOf = (row: ParityRow, name: string) => `${row.args.join(' ')} `.startsWith(`${name} `);

test('every verb is held to print the same on a server, or is known to work elsewhere', () => {
  for (const { name, command } of VERBS) {
    const takesServer = command.options.some(({ long }) => long === '--server');
    const rows = ROWS.filter((row) => isOf(row, name));
    if (OF_THIS_MACHINE.includes(name)) assert.ok(!takesServer && rows.length === 0, name);
    else if (!OF_SERVERS.includes(name)) {
      assert.ok(takesServer, `${name} takes no --server`);
      assert.ok(
        rows.some(({ code = 0 }) => code === 0),
        `${name} has no row here`,
      );
    }
  }
  const names = VERBS.map(({ name }) => name);
  assert.deepEqual(
    [...OF_SERVERS, ...OF_THIS_MACHINE].filter((name) => !names.includes(name)),
    [],
  );
});

describe('on a server as on the store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-parity-'));
  const socket = join(folder, 'served', 'admin.sock');
  const [alone, served] = ['alone', 'served'].map((name) => commandLine(join(folder, name))) as [
    CommandLine,
    CommandLine,
  ];
  let child: Child | undefined;
  let token = '';

  before(async () => {
    for (const line of [alone, served]) token = await seed(line);
    child = await startAdminServer(served.folder, `unix:${socket}`, { path: socket });
  });
  after(async () => {
    await child?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const { name, command } of VERBS)
    for (const row of ROWS.filter((each) => isOf(each, name)))
      for (const format of formatsOf(command))
        test([...row.args, '-o', format].join(' '), async () => {
          const args = [...row.args, '-o', format].map((arg) => arg.replaceAll('{o}', format));
          const options = { clock: Date.now, ...(row.input !== undefined && { input: row.input }) };
          const local = await (row.changes ? alone : served).run(args, options);
          const remote = await served.run([...args, '--server', `unix:${socket}`], {
            ...options,
            env: { SALLYPORT_TOKEN: token },
          });
          assert.equal(local.code, row.code ?? 0, local.stderr);
          const [here, there] = row.changes ? [blurred(local), blurred(remote)] : [local, remote];
          assert.equal(there.code, here.code, there.stderr);
          assert.equal(there.stdout, here.stdout);
          assert.equal(withoutPlace(there.stderr), withoutPlace(here.stderr));
        });
});

function formatsOf(command: Command): readonly string[] {
  return command.options.find(({ long }) => long === '--output')?.argChoices ?? [];
}

/** The same in every folder, but for what is made up; resolves with an admin's credential. */
async function seed(line: CommandLine): Promise<string> {
  mkdirSync(line.folder);
  for (const [name, text] of Object.entries({ ...FILES, 'decisions.jsonl': `${DECISIONS.join('\n')}\n` }))
    writeFileSync(join(line.folder, name), text);
  const { jwt } = await line.json<{ jwt: string }>(['bootstrap', '--id', 'root'], { clock: Date.now });
  const applied = await line.run(['apply', '-f', '-'], { input: SEED, clock: Date.now });
  assert.equal(applied.code, 0, applied.stderr);
  const { env, cwd } = createContext(line.folder);
  const store = await openStore(loadConfig({ env, cwd, flags: {}, file: undefined }));
  await store.side.appendDecisions(DECISIONS);
  await store.close();
  return jwt;
}

/** A change says where it was made. */
function withoutPlace(stderr: string): string {
  return stderr.replace(/^on (?:unix:|the store in ).*\n/m, '');
}

/** What is made up anew each time, and the times. */
function blurred({ stdout, stderr, code }: Outcome): Outcome {
  const blur = (text: string) =>
    text
      .replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, 'JWT')
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
      .replaceAll(/sa-[0-9a-f]{16}/g, 'ACCOUNT')
      .replaceAll(/20[23]\d-\d\d-\d\dT[\d:.]+Z/g, 'TIME');
  return { stdout: blur(stdout), stderr: blur(stderr), code };
}
