import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { rootCertificates } from 'node:tls';
import { openRedisStore } from '../../src/store/redis/redis-store.ts';
import { type FaultMesh, startFaultMesh } from '../support/fault-mesh.ts';
import { formatFaultTable, writeFaultTable } from '../support/fault-table.ts';
import { type Fault, type FaultRow, runFault } from '../support/run-fault.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { type SecuredRedis, startSecuredRedis } from './secured-redis.ts';

/** Which signed nothing here. */
const OTHER_CA = Buffer.from(rootCertificates[0] ?? '');

const rows: FaultRow[] = [];
after(() => {
  const table = formatFaultTable(rows);
  console.log(`\n${table}\n`);
  if (process.env.RELIABILITY === 'write') writeFaultTable('secured', table);
});

describe('a Redis with the users of docs/redis.md, over TLS', () => {
  let redis: SecuredRedis;
  let proxy: TcpProxy;
  let mesh: FaultMesh;
  before(async () => {
    redis = await startSecuredRedis();
    proxy = await startProxy(redis.address);
    mesh = await startFaultMesh({
      place: { kind: 'standalone', address: redis.address },
      access: redis.admin,
      redis: redis.sidecar(proxy.port),
    });
  });
  after(async () => {
    redis?.server.resume();
    await mesh?.stop();
    await proxy?.close();
    await redis?.stop();
  });
  for (const { name, ...fault } of [
    {
      name: 'Redis killed and restarted',
      begin: () => redis.server.kill(),
      lasts: 4000,
      end: () => redis.server.restart(),
    },
    {
      name: 'Redis paused within the bound',
      begin: () => redis.server.pause(),
      lasts: 1200,
      end: () => redis.server.resume(),
      unnoticed: true,
    },
    {
      name: 'Redis paused past the bound',
      begin: () => redis.server.pause(),
      lasts: 5000,
      end: () => redis.server.resume(),
    },
    { name: 'connection cut', begin: () => proxy.cut(), lasts: 5000, end: () => proxy.heal() },
    { name: 'connection silent', begin: () => proxy.swallow(), lasts: 5000, end: () => proxy.heal() },
    {
      name: 'answers 400 ms late, each way',
      begin: () => proxy.delay(400),
      lasts: 5000,
      end: () => proxy.heal(),
    },
  ] satisfies Fault[])
    test(name, async () => {
      const row = await runFault(mesh, { ...fault, name });
      console.log(JSON.stringify(row));
      rows.push(row);
    });

  test('that way nobody else gets in: not without a user, nor in plaintext', async () => {
    const place = { kind: 'standalone', address: redis.address } as const;
    const { tls, ...login } = redis.admin;
    assert.ok(tls);
    await assert.rejects(openRedisStore({ place, tls }), /asks for a password/);
    await assert.rejects(openRedisStore({ place, ...login, connectTimeout: 1000 }), /Redis at 127\.0\.0\.1/);
    await assert.rejects(openRedisStore({ place, ...login, tls: () => ({ ca: OTHER_CA }) }), /certificate/);
  });
});
