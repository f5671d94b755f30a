import { after, before, test } from 'node:test';
import { type FaultMesh, startFaultMesh } from '../support/fault-mesh.ts';
import { type RedisServer, startRedis } from '../support/redis-servers.ts';
import { runFault } from '../support/run-fault.ts';
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts';

let redis: RedisServer;
let proxy: TcpProxy;
let mesh: FaultMesh;
before(async () => {
  redis = await startRedis();
  proxy = await startProxy(redis.address);
  mesh = await startFaultMesh({
    place: { kind: 'standalone', address: redis.address },
    redis: { url: `redis://127.0.0.1:${proxy.port}` },
  });
});
after(async () => {
  await mesh.stop();
  await proxy.close();
  await redis.stop();
});

test('Redis is killed and restarted: no wrong answer, and it comes back by itself', async () => {
  await runFault(mesh, {
    name: 'killed and restarted',
    begin: () => redis.kill(),
    lasts: 1000,
    end: () => redis.restart(),
  });
});

test('the connection is cut past the bound: a revoked credential is not admitted after it, no good one is refused', async () => {
  await runFault(mesh, {
    name: 'connection cut',
    begin: () => proxy.cut(),
    lasts: 2500,
    end: () => proxy.heal(),
  });
});
