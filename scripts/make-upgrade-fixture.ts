// Writes test/fixtures/upgrade-part-5: what a build leaves behind that a later one must work with. Run it on the build
// whose store it is to be (74743cb for part 5), from a clean folder: `node --import tsx scripts/make-upgrade-fixture.ts`
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { CredentialId } from '../src/credentials/credential-id.ts';
import { openEmbeddedStore } from '../src/store/embedded/embedded-store.ts';
import type { Write } from '../src/store/port.ts';
import { RECORD_KINDS } from '../src/store/record.ts';
import { openRedisStore } from '../src/store/redis/redis-store.ts';
import { answersOk, startChild, waitUntilReady } from '../test/support/child.ts';
import { signHs256 } from '../test/support/forge-token.ts';
import { freePort } from '../test/support/free-port.ts';
import { programCommand, runProgram } from '../test/support/program.ts';
import { startRedis } from '../test/support/redis-servers.ts';
import type { CreatedCredential } from '../test/support/sidecar.ts';
import { connectTo } from '../test/support/test-server.ts';
import {
  type AdminCall,
  askAdmin,
  askCheck,
  type CheckCall,
  dumpRedis,
  FIXTURE_FOLDER,
  type RecordedAdminCall,
  type RecordedCheck,
} from '../test/support/upgrade-fixture.ts';

/** How long the accounts and credentials that expire live, in milliseconds: until the calls are made. */
const LIFE = 30_000;

const SHOP = 'shop.example.com';
const CHECKS: readonly CheckCall[] = [
  { name: 'an account of the namespace', jwt: 'robot', host: SHOP },
  { name: 'the same, by the second scheme', jwt: 'robot', scheme: 'pomerium', host: SHOP },
  { name: 'the same, by the third scheme', jwt: 'robot', scheme: 'bearer', host: SHOP },
  { name: 'no credential', host: SHOP },
  { name: 'an exact path that everyone may read', host: SHOP, path: '/status' },
  { name: 'a host that no route names', jwt: 'robot', host: 'nowhere.example.com' },
  { name: 'a path that reads two ways', jwt: 'robot', host: SHOP, path: '/a/..%2Fb' },
  { name: 'an enforced policy that denies', jwt: 'robot', method: 'DELETE', host: SHOP },
  { name: 'a disabled account', jwt: 'disabled', host: SHOP },
  { name: 'an account past its expiry', jwt: 'expired-account', host: SHOP },
  { name: 'a credential past its expiry', jwt: 'expired-credential', host: SHOP },
  { name: 'a revoked credential', jwt: 'rotated-old', host: SHOP },
  { name: 'the credential that took its place', jwt: 'rotated', host: SHOP },
  { name: 'a deleted account', jwt: 'deleted', host: SHOP },
  { name: 'an account of another namespace', jwt: 'stranger', host: SHOP },
  { name: 'the same, where it belongs', jwt: 'stranger', host: 'b.example.com' },
  { name: 'an account that stands for a person', jwt: 'as-alice', host: SHOP, path: '/reports/2026' },
  { name: 'the same, where the deny side holds', jwt: 'as-alice', host: SHOP, path: '/reports/secret' },
  { name: 'the same, by claims and a regex', jwt: 'as-alice', host: SHOP, path: '/v2/orders/17' },
  { name: 'claims that the caller lacks', jwt: 'robot', host: SHOP, path: '/v2/orders/17' },
  { name: 'a person who is not active', jwt: 'as-bob', host: SHOP, path: '/reports/2026' },
  {
    name: 'times, and a slash that is kept',
    jwt: 'robot',
    host: 'x.team-a.example.com',
    path: '/files/a%2Fb',
  },
  { name: 'an address inside', jwt: 'robot', host: 'inside.team-a.example.com', peer: '10.1.2.3' },
  { name: 'an address that is denied', jwt: 'robot', host: 'inside.team-a.example.com', peer: '10.9.2.3' },
  { name: 'an address outside', jwt: 'robot', host: 'inside.team-a.example.com', peer: '203.0.113.9' },
  { name: 'not and nor', jwt: 'robot', host: 'neither.team-a.example.com' },
  { name: 'a client certificate that is asked for', jwt: 'robot', host: 'cert.team-a.example.com' },
  { name: 'a namespace below', jwt: 'robot', host: 'pay.team-a.example.com' },
  { name: 'an account of a namespace below', jwt: 'payer', host: SHOP },
  { name: 'a namespace that only watches', jwt: 'stranger', host: 'watch.example.com' },
  { name: 'a host that the namespace holds only as global does', jwt: 'old', host: 'old.example.com' },
  { name: "Pomerium's own JWT", jwt: 'pomerium', host: SHOP },
  { name: 'a JWT that is forged', jwt: 'forged', host: SHOP },
  { name: 'a credential for the admin API', jwt: 'admin', host: SHOP },
];

const POLICY = { id: 'made-later', namespace: 'team-a', ppl: { allow: { or: [{ accept: true }] } } };
const ABSENT = { 'if-none-match': '*' };
const ADMIN_CALLS: readonly AdminCall[] = [
  ...['admin', 'manager', 'viewer', 'robot', 'forged'].flatMap((jwt): AdminCall[] => [
    { jwt, method: 'GET', path: '/whoami' },
    { jwt, method: 'GET', path: '/service-accounts' },
    { jwt, method: 'GET', path: '/activity' },
    { jwt, method: 'GET', path: '/decisions' },
    { jwt, method: 'PUT', path: '/policies/made-later?dry_run=true', body: POLICY, headers: ABSENT },
    {
      jwt,
      method: 'PUT',
      path: '/directory-groups/made-later?dry_run=true',
      body: { id: 'made-later', name: '' },
      headers: ABSENT,
    },
  ]),
];

const work = mkdtempSync(join(tmpdir(), 'sallyport-fixture-'));
const store = join(work, 'embedded');
try {
  await make();
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function make(): Promise<void> {
  const secret = randomBytes(32);
  writeFileSync(join(work, 'pomerium-secret.txt'), secret.toString('base64'), { mode: 0o600 });
  cpSync(join(FIXTURE_FOLDER, 'sallyport.yaml'), join(work, 'sallyport.yaml'));
  cpSync(join(FIXTURE_FOLDER, 'sallyport-redis.yaml'), join(work, 'sallyport-redis.yaml'));

  const grpcPort = await freePort();
  const adminPort = await freePort();
  const options = ['--config', join(work, 'sallyport.yaml')];
  const serve = startChild([
    ...programCommand(),
    'serve',
    ...options,
    ...['--set', `listen=["127.0.0.1:${grpcPort}"]`, '--set', `admin.listen=127.0.0.1:${adminPort}`],
  ]);
  await waitUntilReady('serve', serve, () => answersOk(`http://127.0.0.1:${adminPort}/readyz`));
  const cli = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await runProgram([...programCommand(), ...args, ...options]);
    if (code !== 0) throw new Error(`sallyport ${args.join(' ')}: ${stderr}${stdout}`);
    return stdout;
  };
  const issue = async (...args: string[]): Promise<CreatedCredential> => {
    const issued: CreatedCredential = JSON.parse(await cli(...args, '--output', 'json'));
    return issued;
  };
  const create = async (id: string, namespace: string, ...flags: string[]) => {
    const userId = flags.includes('--impersonate') ? [] : ['--user-id', `${id}`];
    return (await issue('sa', 'create', '--id', id, '--namespace', namespace, ...userId, ...flags)).jwt;
  };
  const applyText = async (text: string) => {
    const file = join(work, 'apply.yaml');
    writeFileSync(file, text);
    await cli('apply', '-f', file);
    rmSync(file);
  };

  await cli('apply', '-f', join(FIXTURE_FOLDER, 'resources.yaml'));
  const expiry = new Date(Date.now() + LIFE).toISOString();
  const jwts = new Map<string, string>();
  jwts.set('admin', (await issue('bootstrap', '--id', 'admin')).jwt);
  jwts.set(
    'robot',
    await create('robot', 'team-a', '--user-id', 'robot@team-a', '--description', 'A robot.'),
  );
  jwts.set('disabled', await create('disabled', 'team-a', '--user-id', 'robot-disabled'));
  jwts.set('expired-account', await create('expired-account', 'team-a', '--user-id', 'robot-expired'));
  await applyText(
    JSON.stringify({
      apiVersion: 'sallyport/v1alpha1',
      kind: 'ServiceAccount',
      id: 'expired-account',
      namespace: 'team-a',
      user_id: 'robot-expired',
      expires_at: expiry,
    }),
  );
  jwts.set(
    'expired-credential',
    await create('expired-credential', 'team-a', '--user-id', 'robot-late', '--expires-at', expiry),
  );
  const old = await issue(
    'sa',
    'create',
    '--id',
    'rotated',
    '--namespace',
    'team-a',
    '--user-id',
    'robot-rotated',
  );
  jwts.set('rotated-old', old.jwt);
  jwts.set('rotated', (await issue('sa', 'rotate', 'rotated', '--label', 'second')).jwt);
  await cli('sa', 'revoke', 'rotated', '--credential', old.credential_id);
  jwts.set('deleted', await create('deleted', 'team-a', '--user-id', 'robot-deleted'));
  await cli('sa', 'delete', 'deleted');
  jwts.set('stranger', await create('stranger', 'team-b', '--user-id', 'robot@team-b'));
  jwts.set('payer', await create('payer', 'team-a-payments', '--user-id', 'robot-payer'));
  jwts.set('old', await create('old', 'old-ways', '--user-id', 'robot-old'));
  for (const name of ['alice', 'bob'])
    jwts.set(
      `as-${name}`,
      await create(`as-${name}`, 'team-a', '--impersonate', '--user-id', `${name}@example.com`),
    );
  for (const role of ['manager', 'viewer']) {
    jwts.set(role, await create(role, 'team-a', '--for', 'admin'));
    await applyText(
      JSON.stringify({
        apiVersion: 'sallyport/v1alpha1',
        kind: 'RoleBinding',
        id: `${role}-of-team-a`,
        account: role,
        role,
        namespace: 'team-a',
      }),
    );
  }
  await cli('sa', 'disable', 'disabled');
  const issued = 1_700_000_000;
  const claims = { jti: 'from-pomerium', sub: 'robot-of-pomerium', iat: issued, nbf: issued };
  jwts.set('pomerium', signHs256(secret, { alg: 'HS256', typ: 'JWT' }, claims));
  const [head, payload, signature = ''] = (jwts.get('robot') ?? '').split('.');
  jwts.set('forged', [head, payload, signature.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))].join('.'));

  await delay(LIFE);
  const client = connectTo(`127.0.0.1:${grpcPort}`);
  const checks: RecordedCheck[] = [];
  for (const call of CHECKS)
    checks.push({
      ...call,
      method: call.method ?? 'GET',
      path: call.path ?? '/',
      answer: await askCheck(client, call, jwts),
    });
  client.close();
  // Shows what was decided: the decisions are written a moment after.
  await delay(3000);
  const adminCalls: RecordedAdminCall[] = [];
  for (const call of ADMIN_CALLS)
    adminCalls.push({
      ...call,
      headers: call.headers ?? {},
      status: (await askAdmin(adminPort, call, jwts)).status,
    });
  if (!(await serve.stop())) throw new Error('serve had to be killed');

  const accounts = idsOf(await cli('get', 'ServiceAccount', '-o', 'json'));
  const shown: unknown[] = [];
  for (const id of accounts) shown.push(JSON.parse(await cli('sa', 'show', id, '-o', 'json')));
  const write = (name: string, text: string) => writeFileSync(join(FIXTURE_FOLDER, name), text);
  const lines = (values: readonly unknown[]) =>
    `${values.map((value) => JSON.stringify(value)).join('\n')}\n`;
  write('jwts.json', `${JSON.stringify(Object.fromEntries(jwts), null, 2)}\n`);
  write('checks.jsonl', lines(checks));
  write('admin-calls.jsonl', lines(adminCalls));
  write('accounts.jsonl', lines(shown));
  write('decisions.jsonl', await cli('decisions', 'export'));
  write('activity.jsonl', await cli('activity', 'list', '-o', 'jsonl'));
  write('export.yaml', await cli('export'));
  await writeRedis();

  rmSync(join(FIXTURE_FOLDER, 'embedded'), { recursive: true, force: true });
  cpSync(store, join(FIXTURE_FOLDER, 'embedded'), { recursive: true });
  cpSync(join(work, 'pomerium-secret.txt'), join(FIXTURE_FOLDER, 'pomerium-secret.txt'));
  for (const name of readdirSync(join(FIXTURE_FOLDER, 'embedded'), { recursive: true, encoding: 'utf8' })) {
    const path = join(FIXTURE_FOLDER, 'embedded', name);
    // Its lock file is of this machine, and made anew.
    if (name.endsWith('lock.mdb')) rmSync(path);
    if (!name.endsWith('data.mdb')) continue;
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
    rmSync(path);
  }
}

/** The same records, last-used times and decisions on a Redis, written by its own driver. */
async function writeRedis(): Promise<void> {
  const server = await startRedis();
  const embedded = await openEmbeddedStore({ path: join(store, 'store') });
  const redis = await openRedisStore({ place: { kind: 'standalone', address: server.address } });
  try {
    const writes: Write[] = [];
    const credentials: CredentialId[] = [];
    for (const kind of RECORD_KINDS)
      for (const { id, value } of await embedded.list(kind, { limit: 10_000 })) {
        writes.push({ key: { kind, id }, value });
        const credential = kind === 'credential' ? CredentialId.parse(id) : undefined;
        if (credential) credentials.push(credential);
      }
    const { revision } = await redis.position();
    if (!('committed' in (await redis.commit(revision, writes)))) throw new Error('the commit was refused');
    const times = await embedded.telemetry.readLastUsed(credentials);
    const used = credentials.flatMap((id, index) => {
      const time = times[index];
      return time === undefined ? [] : [[id, time] as const];
    });
    await redis.telemetry.touchLastUsed(new Map(used));
    const decisions = await embedded.telemetry.readDecisions(undefined, 10_000);
    await redis.telemetry.appendDecisions(decisions.map(({ line }) => line));
    const commands = await dumpRedis(server.client);
    writeFileSync(
      join(FIXTURE_FOLDER, 'redis.jsonl'),
      `${commands.map((command) => JSON.stringify(command)).join('\n')}\n`,
    );
  } finally {
    await Promise.all([embedded.close(), redis.close()]);
    await server.stop();
  }
}

function idsOf(text: string): string[] {
  const parsed: { id: string }[] = JSON.parse(text);
  return parsed.map(({ id }) => id);
}
