import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fillRedisUsers, USERS_FILE } from '../../demo/compose/redis-users.ts';

const DOCUMENT = new URL('../../docs/redis.md', import.meta.url);

test("the stack's Redis users may do what docs/redis.md says, and no more", () => {
  const documented = [...readFileSync(DOCUMENT, 'utf8').matchAll(/^ACL SETUSER (\S+) on >\S+ (.*)$/gm)].map(
    ([, name, rules]) => `${name} ${rules}`,
  );
  const users = readFileSync(USERS_FILE, 'utf8').matchAll(/^user (sallyport-\S+) on #[A-Z]+ (.*)$/gm);
  assert.equal(documented.length, 2);
  assert.deepEqual(
    [...users].map(([, name, rules]) => `${name} ${rules}`),
    documented,
  );
});

test('the list of users holds hashes of their passwords, and nobody without one', () => {
  const filled = fillRedisUsers({ ADMIN: 'a', SIDECAR: 'b', HEALTH: 'c' });
  // printf a | sha256sum
  assert.match(
    filled,
    /^user sallyport-admin on #ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb /m,
  );
  assert.match(filled, /^user default off /m);
  assert.equal(filled.match(/^user \S+ on #[0-9a-f]{64} /gm)?.length, 3);
  assert.throws(() => fillRedisUsers({ ADMIN: 'a', SIDECAR: 'b' }), /HEALTH, who has no password/);
});
