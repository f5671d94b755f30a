import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

let world: AdminWorld;
before(async () => {
  world = await openAdminWorld();
  await world.apply(TEAMS);
});
after(() => world.close());

test('an account and its ETag come from one read, so that no change can be undone unseen', async () => {
  const jwt = await world.signIn('root');
  const reads: string[] = [];
  const { get } = world.store;
  world.store.get = (keys, atLeast) => {
    reads.push(...keys.map(({ kind, id }) => `${kind} ${id}`));
    return get.call(world.store, keys, atLeast);
  };
  const { headers } = await world.call('GET', '/service-accounts/viewer', { jwt });
  assert.match(String(headers.etag), /^"\d+"$/);
  assert.equal(reads.filter((key) => key === 'service_account viewer').length, 1, reads.join(', '));
});
