import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { callWith } from '../support/fault-load.ts';
import { type FaultMesh, settingsFor, startFaultMesh } from '../support/fault-mesh.ts';
import { formatFaultTable, writeFaultTable } from '../support/fault-table.ts';
import { fillMemory, putImage, type RedisImage, removeFiller, takeImage } from '../support/redis-image.ts';
import {
  type RedisServer,
  type SentinelSetup,
  startRedis,
  startSentinels,
  until,
} from '../support/redis-servers.ts';
import { type Fault, type FaultRow, runFault } from '../support/run-fault.ts';
import { startSidecar } from '../support/sidecar.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';
import { type IssuedAccount, type MeshAdmin, openMeshAdmin } from './mesh-admin.ts';

const rows: FaultRow[] = [];
after(() => {
  const table = formatFaultTable(rows);
  console.log(`\n${table}\n`);
  // `RELIABILITY=write npm run test:long` for the figures of docs/reliability.md.
  if (process.env.RELIABILITY === 'write') writeFaultTable('measured', table);
});

describe('one Redis, and one sidecar behind a proxy', () => {
  let redis: RedisServer;
  let proxy: TcpProxy;
  let mesh: FaultMesh;
  let image: RedisImage = [];
  before(async () => {
    redis = await startRedis();
    proxy = await startProxy(redis.address);
    mesh = await startFaultMesh({
      place: { kind: 'standalone', address: redis.address },
      redis: { url: `redis://127.0.0.1:${proxy.port}` },
    });
  });
  after(async () => {
    redis?.resume();
    await mesh?.stop();
    await proxy?.close();
    await redis?.stop();
  });
  const run = async (fault: Fault) => {
    const row = await runFault(mesh, fault);
    console.log(JSON.stringify(row));
    rows.push(row);
    return row;
  };

  test('killed and restarted', async () => {
    await run({
      name: 'Redis killed and restarted',
      begin: () => redis.kill(),
      lasts: 4000,
      end: () => redis.restart(),
    });
  });

  test('paused within the bound', async () => {
    await run({
      name: 'Redis paused (SIGSTOP) within the bound',
      begin: () => redis.pause(),
      lasts: 1200,
      end: () => redis.resume(),
      unnoticed: true,
    });
  });

  test('paused past the bound', async () => {
    await run({
      name: 'Redis paused past the bound',
      begin: () => redis.pause(),
      lasts: 5000,
      end: () => redis.resume(),
    });
  });

  test('connection cut', async () => {
    await run({
      name: 'connection cut',
      begin: () => proxy.cut(),
      lasts: 5000,
      end: () => proxy.heal(),
    });
  });

  test('connection silent: nothing comes, nothing is closed', async () => {
    await run({
      name: 'connection silent',
      begin: () => proxy.swallow(),
      lasts: 5000,
      end: () => proxy.heal(),
    });
  });

  test('connection delayed', async () => {
    await run({
      name: 'answers 400 ms late, each way',
      begin: () => proxy.delay(400),
      lasts: 5000,
      end: () => proxy.heal(),
    });
  });

  test('connection delayed, then silent: an answer that came late proves no more than when it was asked for', async () => {
    await run({
      name: '450 ms late each way, then silent',
      begin: async () => {
        proxy.delay(450);
        await delay(2000);
      },
      onRevoked: () => proxy.swallow(),
      lasts: 4000,
      end: () => proxy.heal(),
    });
  });

  test('connection trickled', async () => {
    await run({
      name: 'answers trickle, a byte in 10 ms',
      begin: () => proxy.trickle(10),
      lasts: 5000,
      end: () => proxy.heal(),
    });
  });

  test('flushed', async () => {
    await run({
      name: 'flushed',
      revoke: 'before',
      begin: async () => {
        image = await takeImage(redis.client);
        await redis.client.flushall();
      },
      lasts: 4000,
      end: () => putImage(redis.client, image),
      returns: 'once the data is put back',
    });
  });

  test('filled to maxmemory', async () => {
    const row = await run({
      name: 'filled to maxmemory (noeviction)',
      begin: () => fillMemory(redis.client, 256 * 1024, () => Promise.resolve(false)),
      lasts: 4000,
      end: async () => {
        await removeFiller(redis.client);
        await redis.client.config('SET', 'maxmemory', 0);
      },
      unnoticed: true,
      returns: 'commits, once there is room',
    });
    assert.doesNotMatch(row.first, /503/);
  });

  test('evicting, turned on while it serves', async () => {
    const { client } = redis;
    await run({
      name: 'evicting (CONFIG SET), accounts thrown away',
      revoke: 'before',
      begin: async () => {
        image = await takeImage(client);
        await client.config('SET', 'maxmemory-policy', 'allkeys-random');
        const isGone = async () => (await client.exists('{sallyport}:records:credential')) === 0;
        await fillMemory(client, 64 * 1024, isGone);
      },
      lasts: 4000,
      end: async () => {
        await client.config('SET', 'maxmemory', 0);
        await client.config('SET', 'maxmemory-policy', 'noeviction');
        await putImage(client, image);
      },
      returns: 'once the data is put back',
    });
  });

  test('evicting: a start is refused', async () => {
    await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      const settings = settingsFor(mesh.folder, { url: `redis://127.0.0.1:${redis.port}` });
      await assert.rejects(
        startSidecar(join(mesh.folder, 'refused'), { settings }),
        /ended with [1-9][\s\S]*maxmemory-policy allkeys-lru/,
      );
    } finally {
      await redis.client.config('SET', 'maxmemory-policy', 'noeviction');
    }
  });

  test('replaced by an older snapshot', async () => {
    await run({
      name: 'replaced by an older snapshot',
      prepare: async () => {
        image = await takeImage(redis.client);
      },
      revoke: 'before',
      begin: () => putImage(redis.client, image),
      lasts: 4000,
      end: async (revoke) => void (await revoke()),
      returns: 'once what was lost is done again',
    });
  });

  test('replaced by a snapshot that is older by far, and accepted', async () => {
    await run({
      name: 'replaced by a snapshot older by far',
      prepare: async () => {
        image = await takeImage(redis.client);
      },
      revoke: 'before',
      begin: async () => {
        for (let n = 0; n < 5; n++) await mesh.admin.touch();
        await putImage(redis.client, image);
      },
      lasts: 4000,
      end: async (revoke) => {
        await revoke();
        const { epoch } = await mesh.sidecar.cliJson<{ epoch: string }>(['store', 'accept']);
        await mesh.sidecar.cliJson(['store', 'accept', epoch]);
      },
      returns: 'once an operator accepts it',
    });
  });

  test('change log trimmed past a sleeping sidecar', async () => {
    const brief = await openMeshAdmin(
      { place: { kind: 'standalone', address: redis.address }, logLength: 5 },
      join(mesh.folder, 'credential.json'),
    );
    try {
      await run({
        name: 'log trimmed past a sleeping sidecar',
        begin: () => mesh.sidecar.child().kill('SIGSTOP'),
        onRevoked: async () => {
          for (let n = 0; n < 10; n++) await brief.touch();
        },
        lasts: 4000,
        end: () => mesh.sidecar.child().kill('SIGCONT'),
      });
    } finally {
      await brief.close();
    }
  });

  test('a foreign value under our keys: that record alone fails, and the log names it', async () => {
    const [damaged] = await mesh.admin.createAccounts(1);
    assert.ok(damaged);
    const { credential } = damaged;
    const key = '{sallyport}:records:credential';
    const value = await redis.client.hget(key, credential);
    assert.ok(value);
    const callDamaged = (account: IssuedAccount) => callWith(mesh.envoy.ports.http, false, account.jwt);
    const row = await run({
      name: 'a foreign value in one record',
      begin: async () => {
        await redis.client.hset(key, credential, 'not ours');
        await redis.client.set('{sallyport}:records:other', 'not ours');
        assert.equal(await callDamaged(damaged), 503);
        await waitUntil('the log to name it', () => mesh.sidecar.child().output().includes(credential));
      },
      lasts: 2000,
      end: async () => {
        assert.equal(await callDamaged(damaged), 503);
        await redis.client.hset(key, credential, value);
        await redis.client.del('{sallyport}:records:other');
      },
      unnoticed: true,
      returns: 'that record, once it is put back',
    });
    assert.doesNotMatch(`${row.good} ${row.first}`, /503/);
    assert.equal(await callDamaged(damaged), 200);
  });

  test('started while Redis is down', async () => {
    let starting: Promise<void> | undefined;
    await run({
      name: 'sidecar started while Redis is down',
      begin: async () => {
        await redis.kill();
        await mesh.sidecar.child().stop();
        starting = mesh.sidecar.restart();
        // What it rejects with is thrown at the end.
        starting.catch(() => undefined);
      },
      lasts: 4000,
      end: async () => {
        await redis.restart();
        await starting;
      },
    });
  });
});

describe('an old primary that is cut off from its Sentinels, but not from the sidecar', () => {
  let setup: SentinelSetup;
  let mesh: FaultMesh;
  let onReplica: MeshAdmin | undefined;
  before(async () => {
    setup = await startSentinels();
    const nodes = setup.sentinels.map(({ port }) => `127.0.0.1:${port}`);
    mesh = await startFaultMesh({
      place: { kind: 'standalone', address: setup.primary.address },
      redis: { sentinel: { name: setup.name, nodes } },
    });
  });
  after(async () => {
    await onReplica?.close();
    await mesh?.stop();
    await setup?.stop();
  });

  test('what is revoked on the new primary is refused', async () => {
    const { primary, replica } = setup;
    const row = await runFault(mesh, {
      name: 'old primary without its Sentinels',
      begin: async () => {
        // Sentinels judge by PING; the rest they would need to make a replica of a primary that comes back.
        const taken = ['-ping', '-slaveof', '-replicaof', '-multi', '-config'];
        await primary.client.call('ACL', 'SETUSER', 'default', ...taken);
        await until('the Sentinels to name the replica', async () => (await setup.named()) === replica.port);
        onReplica = await openMeshAdmin(
          { place: { kind: 'standalone', address: replica.address } },
          join(mesh.folder, 'credential.json'),
        );
      },
      revoker: () => onReplica ?? mesh.admin,
      lasts: 4000,
      end: async () => void (await primary.client.call('ACL', 'SETUSER', 'default', '+@all')),
      returns: 'by itself, on the new primary, during the fault',
    });
    console.log(JSON.stringify(row));
    rows.push(row);
  });
});
