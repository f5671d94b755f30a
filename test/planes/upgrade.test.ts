// A build of part 5 left a store, a configuration and a Redis behind (test/fixtures/upgrade-part-5). This build works with
// them as that one did, or says in one sentence what to change.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { z } from 'zod';
import { answersOk, type Child, startChild, waitUntilReady } from '../support/child.ts';
import { readToken } from '../support/forge-token.ts';
import { freePort } from '../support/free-port.ts';
import { type ProgramResult, programCommand, runProgram } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis-servers.ts';
import { connectTo } from '../support/test-server.ts';
import {
  askAdmin,
  askCheck,
  copyFixture,
  fillRedis,
  RecordedAdminCall,
  RecordedCheck,
  readFixtureText,
  readJwts,
} from '../support/upgrade-fixture.ts';
import { waitUntil } from '../support/wait-until.ts';

const jwts = readJwts();
const checks = linesOf('checks.jsonl').map((line) => RecordedCheck.parse(line));
const adminCalls = linesOf('admin-calls.jsonl').map((line) => RecordedAdminCall.parse(line));
const accounts = linesOf('accounts.jsonl').map((line) => z.looseObject({ id: z.string() }).parse(line));

/** Reasons after a good signature, whose answers have named the account since. */
const SIGNED = new Set(['token-expired', 'token-revoked', 'account-disabled', 'account-expired']);

/** The account that a JWT names: Pomerium's by its id, ours by its client. */
function accountOf(jwt: string): unknown {
  const { claims } = readToken(jwt);
  return claims.client_id ?? claims.jti;
}

function valuesOf(documents: string): unknown[] {
  return parseAllDocuments(documents).map((document) => document.toJS());
}

const root = mkdtempSync(join(tmpdir(), 'sallyport-upgrade-'));
after(() => rmSync(root, { recursive: true, force: true }));

function linesOf(name: string): unknown[] {
  return parseLines(readFixtureText(name));
}

function parseLines(text: string): unknown[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** A copy of the fixture, and the processes that run on it. */
interface Upgraded {
  readonly folder: string;
  readonly grpcPort: number;
  readonly adminPort: number;
  cli(...args: string[]): Promise<ProgramResult>;
  /** The same, where it has to succeed. */
  print(...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

function commandLine(configFile: string): Pick<Upgraded, 'cli' | 'print'> {
  const cli = (...args: string[]) => runProgram([...programCommand(), ...args, '--config', configFile]);
  return {
    cli,
    async print(...args) {
      const { code, stdout, stderr } = await cli(...args);
      assert.equal(code, 0, `sallyport ${args.join(' ')}: ${stderr}`);
      return stdout;
    },
  };
}

const ready = (name: string, child: Child, port: number) =>
  waitUntilReady(name, child, () => answersOk(`http://127.0.0.1:${port}/readyz`));

/** The configuration as it was written, with ports of its own in place of those that it names. */
function writeConfig(folder: string, name: string, ports: Readonly<Record<string, number>>): string {
  let text = readFixtureText(name);
  for (const [written, port] of Object.entries(ports)) {
    assert.ok(text.includes(`:${written}`), `${name} names the port ${written}`);
    text = text.replaceAll(`:${written}`, `:${port}`);
  }
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

async function upgradeEmbedded(): Promise<Upgraded> {
  const folder = mkdtempSync(join(root, 'embedded-'));
  copyFixture(folder);
  const grpcPort = await freePort();
  const adminPort = await freePort();
  const httpPort = await freePort();
  const file = writeConfig(folder, 'sallyport.yaml', { 9191: grpcPort, 9292: adminPort });
  // The default of `http.listen` would be one port for all tests of this machine.
  const http = ['--set', `http.listen=127.0.0.1:${httpPort}`];
  const serve = startChild([...programCommand(), 'serve', '--config', file, ...http]);
  for (const port of [httpPort, adminPort]) await ready('serve', serve, port);
  return {
    ...{ folder, grpcPort, adminPort, ...commandLine(file) },
    async stop() {
      await serve.stop();
    },
  };
}

/** With the configuration changed as its refusals say: an address under another name, and public keys for `serve`. */
async function upgradeRedis(redis: RedisServer): Promise<Upgraded> {
  const folder = mkdtempSync(join(root, 'redis-'));
  copyFixture(folder);
  const grpcPort = await freePort();
  const adminPort = await freePort();
  const httpPort = await freePort();
  const adminFile = writeConfig(folder, 'sallyport-redis.yaml', {
    9191: grpcPort,
    9292: adminPort,
    6379: redis.port,
  });
  const { print, cli } = commandLine(adminFile);
  await print('key', 'init', '--public', join(folder, 'public.jwks.json'));
  const old = z
    .looseObject({ keys: z.strictObject({ credential: z.string(), assertion: z.string() }) })
    .parse(parse(readFileSync(adminFile, 'utf8')));
  const serveFile = join(folder, 'serve.yaml');
  writeFileSync(
    serveFile,
    stringify({
      ...old,
      http: { listen: `127.0.0.1:${httpPort}` },
      admin: undefined,
      keys: { assertion: old.keys.assertion, verification: ['public.jwks.json'] },
    }),
  );
  const serve = startChild([...programCommand(), 'serve', '--config', serveFile]);
  const admin = startChild([...programCommand(), 'admin', '--config', adminFile]);
  await ready('serve', serve, httpPort);
  await ready('admin', admin, adminPort);
  return {
    ...{ folder, grpcPort, adminPort, print, cli },
    async stop() {
      await Promise.all([serve.stop(), admin.stop()]);
    },
  };
}

/** Whether everything that the old build printed of an account is printed still; more may be beside it. */
function assertHolds(actual: unknown, expected: unknown, path: string): void {
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual) && actual.length === expected.length, path);
    for (const [index, item] of expected.entries()) assertHolds(actual[index], item, `${path}[${index}]`);
  } else if (typeof expected === 'object' && expected !== null) {
    const fields = z.looseObject({}).parse(actual);
    for (const [name, value] of Object.entries(expected)) assertHolds(fields[name], value, `${path}.${name}`);
  } else assert.equal(actual, expected, path);
}

function testUpgraded(start: () => Promise<Upgraded>): void {
  let upgraded: Upgraded;
  before(async () => {
    upgraded = await start();
  });
  after(() => upgraded.stop());

  test('stored decisions are there, line by line', async () => {
    const exported = parseLines(await upgraded.print('decisions', 'export'));
    assert.deepEqual(exported, linesOf('decisions.jsonl'));
  });

  test('accounts show what they showed: credentials, expiry, and when they were last used', async () => {
    assert.ok(accounts.some((account) => typeof account.last_used_at === 'string'));
    for (const account of accounts)
      assertHolds(
        JSON.parse(await upgraded.print('sa', 'show', account.id, '-o', 'json')),
        account,
        account.id,
      );
  });

  test('the activity log holds what it held', async () => {
    assert.deepEqual(
      parseLines(await upgraded.print('activity', 'list', '-o', 'jsonl')),
      linesOf('activity.jsonl'),
    );
  });

  test('resources are exported as they were, and to apply them changes nothing', async () => {
    const exported = await upgraded.print('export');
    // The text differs: part 5 left values unquoted that a reader of YAML 1.1 takes for times.
    assert.deepEqual(valuesOf(exported), valuesOf(readFixtureText('export.yaml')));
    const file = join(upgraded.folder, 'exported.yaml');
    writeFileSync(file, exported);
    const { changes } = z
      .looseObject({ changes: z.array(z.looseObject({ action: z.string() })) })
      .parse(JSON.parse(await upgraded.print('apply', '-f', file, '-o', 'json')));
    assert.ok(changes.length > 0);
    assert.deepEqual(
      changes.filter(({ action }) => action !== 'unchanged'),
      [],
    );
  });

  test('a route on a host that was not granted is listed, before the upgrade by an export and after it by the store', async () => {
    const linted = await upgraded.cli('policy', 'lint', join(upgraded.folder, 'export.yaml'));
    assert.equal(linted.code, 1);
    assert.match(
      linted.stdout,
      /Route old: hosts\[0\]: old\.example\.com is not granted to namespace old-ways/,
    );
    const checked = await upgraded.cli('config', 'check', '--for', 'admin', '--store');
    assert.equal(checked.code, 1, checked.stderr);
    assert.match(
      checked.stdout,
      /^route old: old\.example\.com is not granted to namespace old-ways: it is not matched there$/m,
    );
  });

  test('every call to the mesh is answered as it was, but on such a host, and what a good signature names is named', async () => {
    const client = connectTo(`127.0.0.1:${upgraded.grpcPort}`);
    try {
      for (const { answer, ...call } of checks) {
        const named = SIGNED.has(answer.reason) ? { account: accountOf(jwts.get(call.jwt ?? '') ?? '') } : {};
        assert.deepEqual(await askCheck(client, call, jwts), { ...answer, ...named }, call.name);
      }
    } finally {
      client.close();
    }
  });

  test('roles hold as they did over the admin API', async () => {
    for (const { status, ...call } of adminCalls) {
      const answer = await askAdmin(upgraded.adminPort, call, jwts);
      assert.equal(answer.status, status, `${call.jwt} ${call.method} ${call.path}: ${answer.text}`);
    }
  });

  test('a new credential works, and last-used times go on from there', async () => {
    const issued = z
      .looseObject({ jwt: z.string() })
      .parse(JSON.parse(await upgraded.print('sa', 'rotate', 'robot', '-o', 'json')));
    const client = connectTo(`127.0.0.1:${upgraded.grpcPort}`);
    const call = { name: 'a new credential', jwt: 'new', host: 'shop.example.com' };
    const { status } = await askCheck(client, call, new Map([['new', issued.jwt]]));
    client.close();
    assert.equal(status, 200);
    const lastUsed = async () =>
      z
        .looseObject({ last_used_at: z.string() })
        .parse(JSON.parse(await upgraded.print('sa', 'show', 'robot', '-o', 'json'))).last_used_at;
    const old = String(accounts.find(({ id }) => id === 'robot')?.last_used_at);
    await waitUntil('a later time', async () => (await lastUsed()) > old);
  });
}

describe('the embedded store and the configuration of part 5', () => testUpgraded(upgradeEmbedded));

describe('the Redis of part 5', () => {
  let redis: RedisServer;
  before(async () => {
    redis = await startRedis();
    await fillRedis(redis.client);
  });
  after(() => redis.stop());
  testUpgraded(() => upgradeRedis(redis));
});

describe('a configuration of part 5 that does not say enough', () => {
  /** What `serve` says and ends with. */
  async function refusal(name: string, ...set: string[]): Promise<string[]> {
    const folder = mkdtempSync(join(root, 'refused-'));
    copyFixture(folder);
    const file = writeConfig(folder, name, {});
    const { code, stderr } = await runProgram([...programCommand(), 'serve', '--config', file, ...set]);
    assert.notEqual(code, 0);
    return stderr.trim().split('\n');
  }

  test('of a sidecar on Redis is refused, with one sentence for each setting that moved', async () => {
    const lines = await refusal('sallyport-redis.yaml');
    const about = (setting: string) => lines.filter((line) => line.includes(setting));
    assert.equal(about('http.listen').length, 1, lines.join('\n'));
    assert.match(about('http.listen')[0] ?? '', /admin\.listen/);
    assert.equal(about('keys.verification').length, 1, lines.join('\n'));
    assert.match(about('keys.verification')[0] ?? '', /keys\.credential/);
  });

  test('that gives the admin API the default address of http.listen is refused, and says so', async () => {
    const lines = await refusal('sallyport.yaml', '--set', 'admin.listen=127.0.0.1:9192');
    assert.equal(
      lines.filter((line) => /http\.listen/.test(line) && /admin\.listen/.test(line)).length,
      1,
      lines.join('\n'),
    );
  });
});
