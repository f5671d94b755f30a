import { after, before, describe } from 'node:test';
import { type RedisServer, startRedis } from '../../support/redis-servers.ts';
import { describeStoreContract } from '../store-contract.ts';
import { contractStoresIn } from './open-contract-store.ts';

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
