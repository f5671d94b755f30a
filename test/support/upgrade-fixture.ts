// What a build of part 5 left behind, in test/fixtures/upgrade-part-5: see the README there.
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { Client } from '@grpc/grpc-js';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { checkRequestBytes } from './messages.ts';
import { check, codeOf } from './test-server.ts';

export const FIXTURE_FOLDER = fileURLToPath(new URL('../fixtures/upgrade-part-5', import.meta.url));

/** A request to the mesh, and what the old build answered. */
export const RecordedCheck = z.strictObject({
  name: z.string(),
  /** Names one of `jwts.json`; absent for a call without a credential. */
  jwt: z.string().optional(),
  scheme: z.enum(['own-header', 'pomerium', 'bearer']).optional(),
  method: z.string().default('GET'),
  host: z.string(),
  path: z.string().default('/'),
  /** The address that Envoy saw. */
  peer: z.string().optional(),
  answer: z.strictObject({
    /** 200 for an OK, 503 for a gRPC error. */
    status: z.int(),
    /** As the dynamic metadata says them, or the gRPC code. */
    reason: z.string(),
    account: z.string(),
    /** Whether an assertion goes with the request. */
    assertion: z.boolean(),
  }),
});
export type RecordedCheck = z.output<typeof RecordedCheck>;
export type CheckCall = Omit<z.input<typeof RecordedCheck>, 'answer'>;

/** A request to the admin API, and the status that the old build answered with. */
export const RecordedAdminCall = z.strictObject({
  jwt: z.string(),
  method: z.string(),
  path: z.string(),
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).default({}),
  status: z.int(),
});
export type RecordedAdminCall = z.output<typeof RecordedAdminCall>;
export type AdminCall = Omit<z.input<typeof RecordedAdminCall>, 'status'>;

const HEADER_OF = {
  'own-header': (jwt: string) => ({ 'x-pomerium-authorization': jwt }),
  pomerium: (jwt: string) => ({ authorization: `Pomerium ${jwt}` }),
  bearer: (jwt: string) => ({ authorization: `Bearer Pomerium-${jwt}` }),
} as const;

/** Makes one call at the gRPC port, as Envoy does. */
export async function askCheck(
  client: Client,
  { jwt, scheme = 'own-header', method = 'GET', host, path = '/', peer = '127.0.0.1' }: CheckCall,
  jwts: ReadonlyMap<string, string>,
): Promise<RecordedCheck['answer']> {
  const token = jwt === undefined ? undefined : jwts.get(jwt);
  if (jwt !== undefined && token === undefined) throw new Error(`the fixture has no JWT ${jwt}`);
  const headers = token === undefined ? {} : HEADER_OF[scheme](token);
  const request = checkRequestBytes({
    attributes: {
      request: { http: { method, host, path, headers } },
      source: { address: { socketAddress: { address: peer, portValue: 40_000 } } },
    },
  });
  const checked = check(client, request);
  const { code } = await codeOf(checked);
  if (code !== 0) return { status: 503, reason: `grpc ${code}`, account: '', assertion: false };
  const { httpStatus, metadata, headers: added } = await checked;
  return {
    status: httpStatus === 0 ? 200 : httpStatus,
    reason: String(metadata.reason ?? ''),
    account: String(metadata.account ?? ''),
    assertion: added['x-pomerium-jwt-assertion'] !== undefined,
  };
}

/** Makes one call of the admin API; its status, and its body as text. */
export async function askAdmin(
  port: number,
  { jwt, method, path, body, headers = {} }: AdminCall,
  jwts: ReadonlyMap<string, string>,
): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${jwts.get(jwt)}`,
      connection: 'close',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

export function readFixtureText(name: string): string {
  return readFileSync(join(FIXTURE_FOLDER, name), 'utf8');
}

export function readJwts(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(z.record(z.string(), z.string()).parse(JSON.parse(readFixtureText('jwts.json')))),
  );
}

/** Lays a copy of everything into `folder`, with the modes that Git does not keep. */
export function copyFixture(folder: string): void {
  mkdirSync(folder, { recursive: true });
  cpSync(FIXTURE_FOLDER, folder, { recursive: true });
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) chmodSync(path, 0o700);
    else chmodSync(path, 0o600);
    if (!name.endsWith('.gz')) continue;
    const whole = path.slice(0, -'.gz'.length);
    writeFileSync(`${whole}.part`, gunzipSync(readFileSync(path)), { mode: 0o600 });
    renameSync(`${whole}.part`, whole);
  }
}

/** A command that makes one key of the Redis of the fixture. */
const RedisCommand = z.array(z.string()).min(2);

/** Runs the commands of `redis.jsonl` on an empty server. */
export async function fillRedis(redis: Redis): Promise<void> {
  for (const line of readFixtureText('redis.jsonl').trim().split('\n')) {
    const [command = '', ...args] = RedisCommand.parse(JSON.parse(line));
    await redis.call(command, ...args);
  }
}

/** The commands that make a server hold what this one holds, but for heartbeats: those end by themselves. */
export async function dumpRedis(redis: Redis): Promise<string[][]> {
  const commands: string[][] = [];
  for (const key of (await redis.keys('*')).sort()) {
    if (key.includes(':heartbeat:')) continue;
    const type = await redis.type(key);
    if (type === 'hash') {
      const fields = Object.entries(await redis.hgetall(key)).sort(([a], [b]) => (a < b ? -1 : 1));
      for (const [field, value] of fields) commands.push(['HSET', key, field, value]);
    } else if (type === 'zset') {
      const members = await redis.zrange(key, '0', '-1', 'WITHSCORES');
      for (let at = 0; at < members.length; at += 2)
        commands.push(['ZADD', key, members[at + 1] ?? '', members[at] ?? '']);
    } else if (type === 'stream') {
      for (const [id, fields] of await redis.xrange(key, '-', '+'))
        commands.push(['XADD', key, id, ...fields]);
    } else throw new Error(`${key} is of a type that is not expected: ${type}`);
  }
  return commands;
}
