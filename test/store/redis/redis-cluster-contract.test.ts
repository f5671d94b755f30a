import { after, before, describe } from 'node:test';
import { type RedisServer, startCluster } from '../../support/redis-servers.ts';
import { describeStoreContract } from '../store-contract.ts';
import { contractStoresIn } from './open-contract-store.ts';

describe('a Redis Cluster', () => {
  let servers: RedisServer[] = [];
  before(async () => {
    servers = await startCluster();
  });
  after(() => Promise.all(servers.map((server) => server.stop())));

  describeStoreContract(
    'Redis Cluster',
    contractStoresIn(() => ({ kind: 'cluster', nodes: servers.map(({ address }) => address) })),
  );
});
