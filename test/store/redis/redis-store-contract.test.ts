import { after, before, describe } from 'node:test';
import { describeStoreContract } from '../store-contract.ts';
import { contractStoresIn } from './open-contract-store.ts';
import { type RedisServer, startRedis } from './redis-servers.ts';

describe('one Redis server', () => {
  let server: RedisServer;
  before(async () => {
    server = await startRedis();
  });
  after(() => server.stop());

  describeStoreContract(
    'Redis, standalone',
    contractStoresIn(() => ({ kind: 'standalone', address: server.address })),
  );
});
