import assert from 'node:assert/strict';
import { afterEach, before, beforeEach, describe, test } from 'node:test';
import { decodeJwt } from 'jose';
import { AccountId } from '../../src/accounts/account-id.ts';
import { NamespaceId } from '../../src/accounts/namespace-id.ts';
import { UserId } from '../../src/accounts/user-id.ts';
import { OperationError } from '../../src/contract/operation-error.ts';
import { CredentialId } from '../../src/credentials/credential-id.ts';
import { transact } from '../../src/operations/changes/transact.ts';
import { findServiceAccount } from '../../src/operations/find-service-account.ts';
import type { Issuing } from '../../src/operations/issue-credential.ts';
import { Reader } from '../../src/operations/reader.ts';
import { ALL_GRANTS } from '../../src/roles/grants.ts';
import type { Write } from '../../src/store/port.ts';
import {
  createServiceAccount,
  deleteServiceAccount,
  type NewServiceAccount,
  revokeCredentials,
  rotateCredential,
  setDisabled,
  type WantedCredential,
} from '../support/account-calls.ts';
import { World } from '../support/check-world.ts';
import { accessAt } from '../support/machine-principal.ts';
import { ADMIN, ISSUER, id, MESH, makeKeys } from '../support/token-fixture.ts';

const NOW = Date.parse('2026-06-01T12:00:00.250Z');
const SECOND = Date.parse('2026-06-01T12:00:00Z');
const HOUR = 3_600_000;
const BOT = id(AccountId, 'bot');

let issuing: Issuing;
let world: World;
before(async () => {
  const { signer } = await makeKeys('EdDSA');
  issuing = { signer, issuer: ISSUER, audience: { mesh: MESH, admin: ADMIN }, maxLifetimeMs: undefined };
});
beforeEach(async () => {
  world = await World.open(
    '{ kind: Namespace, id: team-a, parent: global }\n---\n{ kind: DirectoryUser, id: dora }',
  );
});
afterEach(() => world.close());

const wanted = (fields: Partial<NewServiceAccount> = {}): NewServiceAccount => ({
  id: BOT,
  namespace: id(NamespaceId, 'team-a'),
  userId: id(UserId, 'bot@a'),
  impersonate: false,
  description: '',
  expiresAt: undefined,
  purpose: 'mesh',
  ...fields,
});
const create = (fields: Partial<NewServiceAccount> = {}, with_ = issuing) =>
  createServiceAccount(world.store, accessAt(NOW), with_, wanted(fields));
const rotate = (fields: Partial<WantedCredential> = {}, with_ = issuing) =>
  rotateCredential(world.store, accessAt(NOW), with_, {
    id: BOT,
    purpose: 'mesh',
    expiresAt: undefined,
    label: '',
    ...fields,
  });
const show = (account = BOT) => findServiceAccount(new Reader(world.store), ALL_GRANTS, account);
const revision = async () => (await world.store.position()).revision;

/** Refused for this reason, with nothing written. */
async function refuses(attempt: () => Promise<unknown>, why: RegExp): Promise<void> {
  const before = await revision();
  await assert.rejects(
    attempt,
    (error) => (error instanceof OperationError && why.test(error.message)) || assert.fail(String(error)),
  );
  assert.equal(await revision(), before);
}

describe('creating an account', () => {
  test('makes it with one credential, whose JWT names both', async () => {
    const { account, credential, jwt } = await create({ description: 'nightly' });
    assert.deepEqual(decodeJwt(jwt), {
      iss: ISSUER,
      aud: MESH,
      sub: 'bot@a',
      client_id: 'bot',
      jti: credential.id,
      iat: SECOND / 1000,
      nbf: SECOND / 1000,
    });
    assert.deepEqual(account.credentials, [credential.id]);
    assert.deepEqual(await show(), { account, credentials: [credential], revision: 2 });
    assert.equal(await revision(), 2);
  });

  test('keeps no part of the JWT but its id', async () => {
    const { jwt } = await create();
    const kinds = ['service_account', 'credential', 'user_id'] as const;
    const all = JSON.stringify(
      await Promise.all(kinds.map((kind) => world.store.list(kind, { limit: 100 }))),
    );
    for (const part of jwt.split('.')) assert.ok(!all.includes(part));
  });

  test('makes an id where none is given', async () => {
    const [one, other] = [
      await create({ id: undefined, userId: id(UserId, 'a') }),
      await create({ id: undefined, userId: id(UserId, 'b') }),
    ];
    assert.match(one.account.id, /^sa-[0-9a-f]{16}$/);
    assert.notEqual(one.account.id, other.account.id);
  });

  test('for the admin API makes a credential of that use and audience', async () => {
    const { credential, jwt } = await create({ purpose: 'admin' });
    assert.equal(credential.purpose, 'admin');
    assert.equal(decodeJwt(jwt).aud, ADMIN);
  });

  test('that impersonates takes no user ID', async () => {
    const { jwt } = await create({ impersonate: true, userId: id(UserId, 'dora') });
    assert.equal(decodeJwt(jwt).sub, 'dora');
    await create({ id: id(AccountId, 'second'), impersonate: true, userId: id(UserId, 'dora') });
    assert.deepEqual(await world.store.list('user_id', { limit: 10 }), []);
  });

  test('is refused where it can not be', async () => {
    await create();
    await refuses(() => create({ userId: id(UserId, 'other') }), /^there is a service account bot already/);
    await refuses(() => create({ id: id(AccountId, 'second') }), /bot@a was given to service account bot/);
    await refuses(
      () => create({ id: id(AccountId, 'second'), userId: id(UserId, 'dora') }),
      /dora is a directory user/,
    );
    await refuses(
      () => create({ id: id(AccountId, 'second'), userId: id(UserId, 'nobody'), impersonate: true }),
      /there is no directory user nobody/,
    );
    await refuses(
      () =>
        create({
          id: id(AccountId, 'second'),
          userId: id(UserId, 'x'),
          namespace: id(NamespaceId, 'nowhere'),
        }),
      /there is no namespace nowhere/,
    );
  });

  test('of many at once with one user ID makes one', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, (_, n) => create({ id: id(AccountId, `bot-${n}`) })),
    );
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await world.store.list('service_account', { limit: 10 })).length, 1);
  });
});

describe('rotating', () => {
  test('adds a credential, and those before it stay as they are', async () => {
    const first = await create();
    const second = await rotate({ label: 'june' });
    assert.notEqual(second.credential.id, first.credential.id);
    assert.equal(second.credential.label, 'june');
    const { credentials } = await show();
    assert.deepEqual(credentials, [first.credential, second.credential]);
    assert.equal(decodeJwt(second.jwt).sub, 'bot@a');
  });

  test('goes on to a hundred credentials and no further', async () => {
    await create();
    for (let n = 1; n < 100; n++) await rotate();
    await refuses(() => rotate(), /has 100 credentials that count, the most it may have/);
  });

  test('past a hundred lets the oldest go that are revoked or expired, and never the one of Pomerium', async () => {
    await create();
    const made = (await show()).credentials;
    for (let n = 1; n < 99; n++)
      made.push((await rotate(n === 5 ? { expiresAt: NOW + HOUR } : {})).credential);
    await world.apply('{ kind: ServiceAccount, id: bot, namespace: team-a, user_id: bot@a, pomerium: true }');
    await world.apply(
      '{ kind: ServiceAccount, id: bot, namespace: team-a, user_id: bot@a, pomerium: false }',
    );
    const held = (await show()).credentials;
    assert.equal(held.length, 100);
    const own = held.find(({ purpose }) => purpose === 'pomerium');
    assert.equal(String(own?.id), BOT);
    const [, , third, , , sixth, , eighth] = made;
    assert.ok(third && sixth && eighth);
    for (const { id: each } of [eighth, third, ...(own ? [own] : [])])
      await revokeCredentials(world.store, accessAt(NOW), BOT, each);

    const ids = async () => (await show()).account.credentials.map(String);
    await rotate();
    assert.equal((await ids()).length, 100);
    assert.ok(!(await ids()).includes(third.id), 'the oldest goes first');
    assert.ok((await ids()).includes(eighth.id) && (await ids()).includes(sixth.id));
    assert.equal(await new Reader(world.store).find('credential', third.id), undefined);
    await rotate();
    assert.ok(!(await ids()).includes(eighth.id));
    await refuses(() => rotate(), /has 100 credentials that count/);
    const later = { id: BOT, purpose: 'mesh', expiresAt: undefined, label: '' } as const;
    await rotateCredential(world.store, accessAt(NOW + HOUR), issuing, later);
    assert.ok(!(await ids()).includes(sixth.id), 'expired');
    assert.ok((await ids()).includes(BOT), 'revoked, and still there');
  });

  test('of no account, or one that expired, is refused', async () => {
    await refuses(() => rotate(), /^there is no service account bot/);
    await world.apply(
      "{ kind: ServiceAccount, id: bot, namespace: team-a, user_id: bot@a, expires_at: '2026-06-01T12:00:00Z' }",
    );
    await refuses(() => rotate(), /^service account bot expired at 2026-06-01T12:00:00.000Z/);
  });
});

describe('an expiry', () => {
  const expOf = (jwt: string) => decodeJwt(jwt).exp;

  test('is that of account, credential and JWT, in whole seconds', async () => {
    const { account, credential, jwt } = await create({ expiresAt: NOW + HOUR });
    assert.equal(account.expires_at, new Date(NOW + HOUR).toISOString());
    assert.equal(credential.expires_at, new Date(SECOND + HOUR).toISOString());
    assert.equal(expOf(jwt), (SECOND + HOUR) / 1000);
  });

  test("of the account bounds a credential's, which is that where none is asked for", async () => {
    await create({ expiresAt: NOW + HOUR });
    assert.equal(expOf((await rotate()).jwt), (SECOND + HOUR) / 1000);
    assert.equal(expOf((await rotate({ expiresAt: NOW + HOUR / 2 })).jwt), (SECOND + HOUR / 2) / 1000);
    await refuses(() => rotate({ expiresAt: NOW + 2 * HOUR }), /^service account bot itself expires at/);
  });

  test('that has passed, or is less than a second away, is refused', async () => {
    for (const expiresAt of [NOW - 1, NOW])
      await refuses(() => create({ expiresAt }), /^the expiry has passed already$/);
    for (const expiresAt of [NOW + 1, NOW + 749])
      await refuses(() => create({ expiresAt }), /^the expiry is less than a second away$/);
    assert.equal(expOf((await create({ expiresAt: NOW + 750 })).jwt), SECOND / 1000 + 1);
  });

  test('within the maximum lifetime is taken to the very second, one beyond it refused, and a missing one set', async () => {
    const bounded = { ...issuing, maxLifetimeMs: HOUR };
    assert.equal(expOf((await create({ expiresAt: NOW + HOUR }, bounded)).jwt), (SECOND + HOUR) / 1000);
    assert.equal(expOf((await rotate({}, bounded)).jwt), (SECOND + HOUR) / 1000);
    const unbounded = { id: id(AccountId, 'second'), userId: id(UserId, 'second') };
    await refuses(
      () => create({ ...unbounded, expiresAt: NOW + HOUR + 1000 }, bounded),
      /^tokens\.max_lifetime allows an expiry of at most 2026-06-01T13:00:00\.000Z$/,
    );
    const { account, jwt } = await create(unbounded, bounded);
    assert.equal(account.expires_at, undefined);
    assert.equal(expOf(jwt), (SECOND + HOUR) / 1000);
  });
});

describe('revoking', () => {
  test('one credential leaves the others', async () => {
    const first = await create();
    const second = await rotate();
    const revoked = await revokeCredentials(world.store, accessAt(NOW), BOT, first.credential.id);
    assert.deepEqual(revoked, [{ ...first.credential, revoked_at: new Date(NOW).toISOString() }]);
    assert.deepEqual((await show()).credentials, [...revoked, second.credential]);
  });

  test('all takes those that are left, and the first revocation stays', async () => {
    const first = await create();
    const second = await rotate();
    await revokeCredentials(world.store, accessAt(NOW), BOT, first.credential.id);
    assert.deepEqual(
      (await revokeCredentials(world.store, accessAt(NOW + 1), BOT, undefined)).map((c) => c.id),
      [second.credential.id],
    );
    assert.deepEqual(
      (await show()).credentials.map((c) => c.revoked_at),
      [new Date(NOW).toISOString(), new Date(NOW + 1).toISOString()],
    );
    const before = await revision();
    assert.deepEqual(await revokeCredentials(world.store, accessAt(NOW + 2), BOT, undefined), []);
    assert.equal(await revision(), before);
  });

  test("never another account's, nor one that is not", async () => {
    await create();
    const other = await create({ id: id(AccountId, 'second'), userId: id(UserId, 'second') });
    await refuses(
      () => revokeCredentials(world.store, accessAt(NOW), BOT, other.credential.id),
      /^service account bot has no credential/,
    );
    await refuses(
      () => revokeCredentials(world.store, accessAt(NOW), BOT, id(CredentialId, 'none')),
      /^service account bot has no credential none/,
    );
    await refuses(
      () => revokeCredentials(world.store, accessAt(NOW), id(AccountId, 'none'), undefined),
      /^there is no service account none/,
    );
  });
});

describe('disabling and enabling', () => {
  test('switch the account, and write nothing where it is so already', async () => {
    await create();
    assert.equal((await setDisabled(world.store, accessAt(NOW), BOT, true)).disabled, true);
    const before = await revision();
    await setDisabled(world.store, accessAt(NOW), BOT, true);
    assert.equal(await revision(), before);
    assert.equal((await setDisabled(world.store, accessAt(NOW), BOT, false)).disabled, false);
    assert.equal((await show()).credentials.length, 1);
  });
});

describe('deleting', () => {
  test('takes the account and its credentials, and its user ID stays taken', async () => {
    await create();
    await rotate();
    await deleteServiceAccount(world.store, accessAt(NOW), BOT);
    await refuses(() => show(), /^there is no service account bot/);
    assert.deepEqual(await world.store.list('credential', { limit: 10 }), []);
    await refuses(
      () => create({ id: id(AccountId, 'second') }),
      /bot@a was given to service account bot, and is never given twice/,
    );
    await assert.rejects(
      world.apply('{ kind: ServiceAccount, id: bot, namespace: team-a.sub, user_id: bot@a }'),
      /never given twice/,
    );
    await assert.rejects(world.apply('{ kind: DirectoryUser, id: bot@a }'), /never given twice/);
    await create({ userId: id(UserId, 'bot@a-2') });
  });

  test("keeps Pomerium's JWT revoked, whoever gets the account's id later", async () => {
    await world.apply('{ kind: DirectoryUser, id: ann }');
    const spec = '{ kind: ServiceAccount, id: bot, namespace: team-a, impersonate: ann, pomerium: true }';
    await world.apply(spec);
    await deleteServiceAccount(world.store, accessAt(NOW), BOT);
    await world.apply(spec);
    const { credentials } = await show();
    assert.deepEqual(
      credentials.map(({ id, revoked_at }) => ({ id: String(id), revoked: revoked_at !== undefined })),
      [{ id: 'bot', revoked: true }],
    );
  });

  test('of none is refused', () =>
    refuses(() => deleteServiceAccount(world.store, accessAt(NOW), BOT), /^there is no service account bot/));
});

describe('a transaction', () => {
  const write = (n: number) => ({
    key: { kind: 'directory_group' as const, id: `g${n}` },
    value: { id: `g${n}`, name: '' },
  });

  /** As another process does, which waits for nothing here. */
  const commitElsewhere = async (...writes: Write[]) =>
    world.store.commit((await world.store.position()).revision, writes);

  test('that lost a race is planned again, on what is there then', async () => {
    let plans = 0;
    const { result } = await transact(world.store, accessAt(NOW), async (reader) => {
      plans += 1;
      const seen = await reader.find('directory_group', 'g1');
      if (plans === 1) await commitElsewhere(write(1));
      return { writes: [write(2)], result: seen !== undefined };
    });
    assert.equal(plans, 2);
    assert.equal(result, true);
  });

  test('that loses again and again ends in a conflict, with nothing of it written', async () => {
    let plans = 0;
    const losing = transact(world.store, accessAt(NOW), async () => {
      await commitElsewhere(write(100 + plans++));
      return { writes: [write(1)], result: undefined };
    });
    await assert.rejects(losing, { code: 'conflict' });
    assert.equal(plans, 20);
    assert.equal(await new Reader(world.store).find('directory_group', 'g1'), undefined);
  });

  test('that writes nothing makes no revision, and one that throws writes nothing', async () => {
    const before = await revision();
    const { changed } = await transact(world.store, accessAt(NOW), async () => ({ writes: [], result: 1 }));
    assert.equal(changed, false);
    await assert.rejects(
      transact(world.store, accessAt(NOW), () => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(await revision(), before);
  });

  test('of many that rotate one account at once, each adds its credential', async () => {
    await create();
    await Promise.all(Array.from({ length: 8 }, () => rotate()));
    assert.equal((await show()).credentials.length, 9);
  });
});
