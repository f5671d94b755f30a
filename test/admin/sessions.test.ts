import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { AccountId } from '../../src/accounts/account-id.ts';
import { UserId } from '../../src/accounts/user-id.ts';
import { Sessions } from '../../src/admin/sessions.ts';
import { CredentialId } from '../../src/credentials/credential-id.ts';
import type { VerifiedToken } from '../../src/tokens/verified-token.ts';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

const MINUTE = 60_000;

describe('sessions', () => {
  let generation: number;
  const open = () => {
    generation = 1;
    return new Sessions({ lifetimeMs: 60 * MINUTE, idleMs: 10 * MINUTE, generation: () => generation });
  };
  const now = Date.parse('2026-11-20T10:00:00Z');

  test('end after their lifetime, however much they are used', () => {
    const sessions = open();
    const { id, session } = sessions.start(tokenOf('a'), now);
    assert.equal(session.endsAt, now + 60 * MINUTE);
    for (let minute = 5; minute < 60; minute += 5)
      assert.ok(sessions.use(id, now + minute * MINUTE), `after ${minute} minutes`);
    assert.equal(sessions.use(id, now + 60 * MINUTE), undefined);
  });

  test('end where nobody uses them, and do not begin again', () => {
    const sessions = open();
    const { id } = sessions.start(tokenOf('a'), now);
    assert.equal(sessions.use(id, now + 9 * MINUTE)?.idleEndsAt, now + 19 * MINUTE);
    assert.equal(sessions.use(id, now + 19 * MINUTE), undefined);
    assert.equal(sessions.use(id, now + 9 * MINUTE), undefined);
  });

  test('end with the credential', () => {
    const sessions = open();
    const { id, session } = sessions.start(tokenOf('a', now / 1000 + 90), now);
    assert.equal(session.endsAt, now + 90_000);
    assert.ok(sessions.use(id, now + 89_999));
    assert.equal(sessions.use(id, now + 90_000), undefined);
  });

  test('end where the keys change', () => {
    const sessions = open();
    const { id } = sessions.start(tokenOf('a'), now);
    generation = 2;
    assert.equal(sessions.use(id, now), undefined);
  });

  test('of one account have a bound, and those of others stay', () => {
    const sessions = open();
    const other = sessions.start(tokenOf('b'), now);
    const own = Array.from({ length: 20 }, () => sessions.start(tokenOf('a'), now).id);
    assert.ok(sessions.use(own[0] ?? '', now));
    const last = sessions.start(tokenOf('a'), now);
    assert.deepEqual(
      own.filter((id) => !sessions.use(id, now)),
      own.slice(1, 2),
      'the one that was used longest ago',
    );
    assert.ok(sessions.use(last.id, now) && sessions.use(other.id, now));
    assert.equal(sessions.endAll('a'), 20);
    assert.equal(sessions.use(last.id, now), undefined);
    assert.ok(sessions.use(other.id, now));
  });

  test('have ids that can not be guessed, and keep none of them', () => {
    const sessions = open();
    const ids = Array.from({ length: 10 }, () => sessions.start(tokenOf('a'), now).id);
    assert.equal(new Set(ids).size, 10);
    for (const id of ids) assert.equal(Buffer.from(id, 'base64url').length, 32);
    for (const id of ['', 'x', `${ids[0]}=`, `${ids[0]}A`])
      assert.equal(sessions.use(id, now), undefined, id);
  });
});

describe('a browser', () => {
  let world: AdminWorld;
  before(async () => {
    world = await openAdminWorld();
    await world.apply(TEAMS);
  });
  after(async () => {
    assert.deepEqual(world.faults, []);
    await world.close();
  });

  const PAGE = { 'sallyport-csrf': '1', 'sec-fetch-site': 'same-origin' };
  const signIn = async (account: string, headers: Record<string, string> = {}) => {
    const jwt = await world.signIn(account);
    const answer = await world.call('POST', '/session', { jwt, headers });
    assert.equal(answer.statusCode, 201, answer.body);
    return { jwt, answer, cookie: cookieOf(answer) };
  };
  const as = (cookie: string, headers: Record<string, string> = PAGE) => ({
    headers: { cookie, ...headers },
  });

  test('signs in with a credential, and has what it may do from a cookie that scripts do not see', async () => {
    const { answer, cookie, jwt } = await signIn('manager');
    const set = String(answer.headers['set-cookie']);
    assert.match(set, /^sallyport=[\w-]{43}; Max-Age=\d+; Path=\/api\/v1; HttpOnly; SameSite=Strict$/);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.ok(!answer.body.includes(jwt) && !set.includes(jwt));
    const whoami = await world.call('GET', '/whoami', as(cookie));
    assert.deepEqual(Object.keys(whoami.json().session), ['started_at', 'expires_at', 'idle_expires_at']);
    assert.equal(whoami.json().account, 'manager');
    assert.equal((await world.call('GET', '/whoami', { jwt })).json().session, null);
    const shown = await world.call('GET', '/session', as(cookie));
    assert.equal(shown.json().session.expires_at, answer.json().expires_at);
    assert.deepEqual((await world.call('GET', '/session', { jwt })).json(), { session: null });
    const made = await world.call('POST', '/service-accounts', {
      ...as(cookie),
      body: { id: 'by-browser', namespace: 'team-a', user_id: 'by-browser' },
    });
    assert.equal(made.statusCode, 201, made.body);
    const { items } = (await world.call('GET', '/activity?entity=by-browser', as(cookie))).json();
    assert.equal(items[0].author.credential, whoami.json().credential);
    const beyond = await world.call('GET', '/namespaces/team-b', as(cookie));
    assert.equal(beyond.statusCode, 404);
  });

  test('behind a proxy that ends TLS gets the cookie of this host and of TLS alone', async () => {
    const { answer, cookie } = await signIn('manager', { 'x-forwarded-proto': 'https' });
    assert.match(
      String(answer.headers['set-cookie']),
      /^__Host-sallyport=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    assert.equal((await world.call('GET', '/whoami', as(cookie))).statusCode, 200);
  });

  test('is given no other cookie, nor believed one, where others can reach the listener', async () => {
    const far = await openAdminWorld({ plain: false });
    try {
      await far.apply(TEAMS);
      const answer = await far.call('POST', '/session', { jwt: await far.signIn('manager') });
      const cookie = cookieOf(answer);
      assert.match(cookie, /^__Host-sallyport=/);
      assert.equal((await far.call('GET', '/whoami', as(cookie))).statusCode, 200);
      const renamed = cookie.replace('__Host-', '');
      assert.equal((await far.call('GET', '/whoami', as(renamed))).statusCode, 401);
    } finally {
      await far.close();
    }
  });

  test('signs out of one session, or of all of them', async () => {
    const first = await signIn('admin');
    const second = await signIn('admin');
    const third = await signIn('admin');
    const other = await signIn('viewer');
    const out = await world.call('DELETE', '/session', as(first.cookie));
    assert.deepEqual([out.statusCode, out.json()], [200, { ended: 1 }]);
    assert.match(String(out.headers['set-cookie']), /^sallyport=; .*Expires=Thu, 01 Jan 1970/);
    assert.equal((await world.call('GET', '/whoami', as(first.cookie))).statusCode, 401);
    const all = await world.call('DELETE', '/session?everywhere=true', as(second.cookie));
    assert.deepEqual(all.json(), { ended: 2 });
    for (const { cookie } of [second, third])
      assert.equal((await world.call('GET', '/whoami', as(cookie))).statusCode, 401);
    assert.equal((await world.call('GET', '/whoami', as(other.cookie))).statusCode, 200);
    assert.equal((await world.call('GET', '/whoami', { jwt: first.jwt })).statusCode, 200);
  });

  test('gets another session whenever it signs in, and the one before ends', async () => {
    const { cookie, jwt } = await signIn('manager');
    const again = await world.call('POST', '/session', { jwt, headers: { cookie } });
    assert.equal(again.statusCode, 201);
    assert.notEqual(cookieOf(again), cookie);
    assert.equal((await world.call('GET', '/whoami', as(cookie))).statusCode, 401);
    const chosen = `sallyport=${'A'.repeat(43)}`;
    const fixed = await world.call('POST', '/session', { jwt, headers: { cookie: chosen } });
    assert.notEqual(cookieOf(fixed), chosen);
    assert.equal((await world.call('GET', '/whoami', as(chosen))).statusCode, 401);
  });

  test('can not make a session last by means of the session', async () => {
    const { cookie } = await signIn('manager');
    const answer = await world.call('POST', '/session', as(cookie));
    assert.equal(answer.statusCode, 403);
    assert.equal(answer.headers['set-cookie'], undefined);
  });

  for (const [what, stop, resume] of [
    ['the account is disabled, for good', 'disable', 'enable'],
    ['the credential is revoked', 'revoke', undefined],
  ] as const)
    test(`is signed out where ${what}`, async () => {
      const id = `stopped-by-${stop}`;
      await world.apply(
        `apiVersion: sallyport/v1alpha1\nkind: ServiceAccount\nid: ${id}\nnamespace: team-a\nuser_id: ${id}`,
      );
      const { cookie } = await signIn(id);
      assert.equal((await world.call('GET', '/whoami', as(cookie))).statusCode, 200);
      const jwt = await world.signIn('root');
      assert.equal((await world.call('POST', `/service-accounts/${id}/${stop}`, { jwt })).statusCode, 200);
      const refused = await world.call('GET', '/whoami', as(cookie));
      assert.equal(refused.statusCode, 401);
      assert.match(String(refused.headers['set-cookie']), /^sallyport=; /);
      if (resume) await world.call('POST', `/service-accounts/${id}/${resume}`, { jwt });
      assert.equal((await world.call('GET', '/whoami', as(cookie))).statusCode, 401);
    });

  test('that shows a credential too is whoever the credential says, or nobody', async () => {
    const { cookie } = await signIn('manager');
    const jwt = await world.signIn('viewer');
    const both = await world.call('GET', '/whoami', { jwt, ...as(cookie) });
    assert.deepEqual([both.json().account, both.json().session], ['viewer', null]);
    const bad = await world.call('GET', '/whoami', { jwt: 'a.b.c', ...as(cookie) });
    assert.equal(bad.statusCode, 401);
    assert.equal(bad.headers['set-cookie'], undefined);
    assert.equal((await world.call('GET', '/whoami', as(cookie))).statusCode, 200);
  });

  test('on the page of somebody else can not use the session', async () => {
    const { cookie } = await signIn('manager');
    const csrf = { 'sallyport-csrf': '1' };
    const host = { host: 'admin.example.com' };
    const REFUSED: [method: 'GET' | 'POST', Record<string, string>][] = [
      ['POST', {}],
      ['POST', { 'sec-fetch-site': 'same-origin' }],
      ['POST', { ...csrf, 'sec-fetch-site': 'same-site' }],
      ['POST', { ...csrf, 'sec-fetch-site': 'cross-site' }],
      ['POST', { ...csrf, 'sec-fetch-site': 'none' }],
      ['POST', { ...csrf, ...host, origin: 'https://evil.example.com' }],
      ['POST', { ...csrf, ...host, origin: 'https://admin.example.com:8443' }],
      ['POST', { ...csrf, ...host, origin: 'null' }],
      ['GET', { 'sec-fetch-site': 'same-site' }],
      ['GET', { 'sec-fetch-site': 'cross-site' }],
      ['GET', { ...host, origin: 'https://evil.example.com' }],
    ];
    const ADMITTED: typeof REFUSED = [
      ['POST', csrf],
      ['POST', { ...csrf, 'sec-fetch-site': 'same-origin' }],
      ['POST', { ...csrf, ...host, origin: 'https://admin.example.com' }],
      ['POST', { ...csrf, host: 'admin.example.com:443', origin: 'https://admin.example.com' }],
      ['POST', { ...csrf, ...host, origin: 'http://admin.example.com', 'sec-fetch-site': 'same-origin' }],
      ['GET', {}],
      ['GET', { 'sec-fetch-site': 'none' }],
    ];
    const ask = async (method: 'GET' | 'POST', headers: Record<string, string>) =>
      method === 'GET'
        ? (await world.call('GET', '/whoami', as(cookie, headers))).statusCode
        : (
            await world.call('POST', '/policies:lint', {
              ...as(cookie, headers),
              body: { text: 'allow: []' },
            })
          ).statusCode;
    for (const [method, headers] of REFUSED)
      assert.equal(await ask(method, headers), 403, JSON.stringify(headers));
    for (const [method, headers] of ADMITTED)
      assert.equal(await ask(method, headers), 200, JSON.stringify(headers));
  });

  test('that tries many cookies is slowed down as with credentials', async () => {
    const twin = await openAdminWorld();
    try {
      await twin.apply(TEAMS);
      const statuses = new Set<number>();
      for (let count = 0; count < 70; count++) {
        const cookie = `sallyport=${String(count).padStart(43, 'A')}`;
        statuses.add((await twin.call('GET', '/whoami', as(cookie))).statusCode);
      }
      assert.deepEqual([...statuses], [401, 429]);
    } finally {
      await twin.close();
    }
  });
});

/** As the browser sends it back. */
function cookieOf(answer: LightMyRequestResponse): string {
  const [cookie] = String(answer.headers['set-cookie']).split(';');
  assert.ok(cookie);
  return cookie;
}

function tokenOf(account: string, expiresAt?: number): VerifiedToken {
  const accountId = AccountId.parse(account);
  const credentialId = CredentialId.parse(account);
  const userId = UserId.parse(account);
  assert.ok(accountId && credentialId && userId);
  const times = { issuedAt: 0, notBefore: 0, ...(expiresAt !== undefined && { expiresAt }) };
  return { issuance: 'native', accountId, credentialId, userId, ...times };
}
