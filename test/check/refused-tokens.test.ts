import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { AccountId } from '../../src/accounts/account-id.ts';
import { createCallerDirectory } from '../../src/accounts/caller-directory.ts';
import { UserId } from '../../src/accounts/user-id.ts';
import { type CheckParts, check } from '../../src/check/check.ts';
import type { Decision } from '../../src/check/decision.ts';
import { CredentialId } from '../../src/credentials/credential-id.ts';
import { describeDecision } from '../../src/envoy/dynamic-metadata.ts';
import { formatDecision } from '../../src/observe/decision-log.ts';
import { buildSnapshot, type Snapshot } from '../../src/snapshot/snapshot.ts';
import { openReplica } from '../../src/store/open-replica.ts';
import type { Replica } from '../../src/store/replica.ts';
import type { TokenGrant } from '../../src/tokens/issue-token.ts';
import { createTokenVerifier } from '../../src/tokens/token-verifier.ts';
import { type Ask, NOW, requestOf, World } from '../support/check-world.ts';
import { ADMIN, ISSUER, id, issue, MESH, makeKeys, SwappedKeys } from '../support/token-fixture.ts';

const keys = await makeKeys('EdDSA');
const stranger = await makeKeys('EdDSA');
const { kid } = keys.signer;
const now = NOW / 1000;

let world: World;
let replica: Replica<Snapshot>;
let parts: CheckParts;
before(async () => {
  world = await World.open(`
{ kind: Namespace, id: team-a, parent: global, hosts: [a.com] }
---
{ kind: Policy, id: members, namespace: global, ppl: { allow: { or: [authenticated_user: true] } } }
---
{ kind: Policy, id: everybody, namespace: global, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Route, id: r, namespace: team-a, hosts: [a.com], policies: [members] }
---
{ kind: Route, id: open, namespace: team-a, hosts: [a.com], path: { prefix: /open }, policies: [everybody] }
---
{ kind: ServiceAccount, id: bot, namespace: team-a, user_id: bot }
---
{ kind: ServiceAccount, id: off, namespace: team-a, user_id: off, disabled: true }
---
{ kind: ServiceAccount, id: late, namespace: team-a, user_id: late, expires_at: '2026-05-01T00:00:00Z' }`);
  for (const account of ['bot', 'off', 'late']) await world.addCredential(`${account}-1`, account);
  await world.addCredential('bot-revoked', 'bot', { revoked_at: '2026-05-01T00:00:00.000Z' });
  replica = await openReplica({
    store: world.store,
    build: (stored) => buildSnapshot(stored, { verifiesClientCertificates: false }),
  });
  parts = {
    ...world.parts,
    tokens: createTokenVerifier({ keys: new SwappedKeys(keys), issuer: ISSUER, audience: MESH }),
    callers: createCallerDirectory(replica, 100),
    snapshot: () => replica.snapshot,
  };
});
after(async () => {
  await replica.close();
  await world.close();
});

function token(account: string, changes: Partial<TokenGrant> = {}, credential = `${account}-1`) {
  return issue(keys, {
    accountId: id(AccountId, account),
    userId: id(UserId, account),
    credentialId: id(CredentialId, credential),
    issuedAt: now - 60,
    ...changes,
  });
}

async function ask(ask: Ask): Promise<{ decision: Decision; line: Record<string, unknown> }> {
  const request = requestOf(ask);
  const decision = await check(parts, request);
  return { decision, line: JSON.parse(formatDecision(decision, request, undefined, 1)) };
}

describe('after a good signature the log line and the metadata name account, credential and kid', () => {
  const rows: readonly (readonly [
    what: string,
    jwt: () => Promise<string>,
    reason: string,
    account: string,
    credential?: string,
  ])[] = [
    ['expired', () => token('bot', { expiresAt: now - 1 }), 'token-expired', 'bot'],
    ['not yet valid', () => token('bot', { issuedAt: now + 60 }), 'token-not-yet-valid', 'bot'],
    ['revoked', () => token('bot', {}, 'bot-revoked'), 'token-revoked', 'bot', 'bot-revoked'],
    ['of an unknown credential', () => token('bot', {}, 'none'), 'token-revoked', 'bot', 'none'],
    ['of an unknown account', () => token('gone'), 'token-revoked', 'gone'],
    ['of a disabled account', () => token('off'), 'account-disabled', 'off'],
    ['of an expired account', () => token('late'), 'account-expired', 'late'],
    ['good', () => token('bot'), 'user-ok', 'bot'],
  ];
  for (const [what, jwt, reason, account, credential = `${account}-1`] of rows)
    test(`a token that is ${what}`, async () => {
      const sent = await jwt();
      // Seen first, and seen before.
      for (const _ of [1, 2]) {
        const { decision, line } = await ask({ host: 'a.com', token: sent });
        const { fields } = describeDecision(decision);
        assert.deepEqual(
          [line.reason, line.account_id, line.credential_id, line.kid, line.revision],
          [reason, account, credential, kid, replica.position.revision],
        );
        assert.deepEqual(
          [fields.account, fields.credential, fields.kid],
          [account, credential, kid].map((stringValue) => ({ stringValue })),
        );
        assert.deepEqual(fields.revision, { numberValue: replica.position.revision });
      }
    });

  test('also where a policy admits everybody: in the log, and not in the metadata that later filters go by', async () => {
    const { decision, line } = await ask({
      host: 'a.com',
      path: '/open',
      token: await token('bot', { expiresAt: now - 1 }),
    });
    assert.deepEqual(
      [line.verdict, line.authenticated, line.account_id, line.credential_id, line.kid],
      ['allow', false, 'bot', 'bot-1', kid],
    );
    const { fields } = describeDecision(decision);
    assert.deepEqual([fields.account, fields.credential, fields.kid, fields.user], Array(4).fill(undefined));
  });
});

describe('before a good signature nobody is named', () => {
  const forged = async () => `${(await token('bot')).slice(0, -20)}${'A'.repeat(18)}AA`;
  const rows: readonly (readonly [what: string, jwt: () => Promise<string>, hint: RegExp | undefined])[] = [
    ['a bad signature', forged, undefined],
    ['an unknown key', () => issue(stranger), new RegExp(`^no key has the kid "${stranger.signer.kid}": `)],
    [
      'a wrong issuer',
      () => token('bot', { issuer: 'x' }),
      new RegExp(`^iss is "x", and "issuer" is "${ISSUER}"$`),
    ],
    [
      'a wrong audience',
      () => token('bot', { audience: ADMIN }),
      new RegExp(`^aud is "${ADMIN}", expected "${MESH}"$`),
    ],
  ];
  for (const [what, jwt, hint] of rows)
    test(`${what}: the log has a hint, the caller none`, async () => {
      const { decision, line } = await ask({ host: 'a.com', token: await jwt() });
      assert.equal(line.reason, 'token-invalid');
      assert.deepEqual([line.account_id, line.credential_id, line.kid], Array(3).fill(undefined));
      assert.equal(describeDecision(decision).fields.account, undefined);
      if (hint) assert.match(String(line.hint), hint);
      else assert.equal(line.hint, undefined);
      assert.ok(decision.verdict === 'deny');
      assert.doesNotMatch(decision.detail ?? '', /example\.com|"/);
    });
});

describe('a credential of the mesh as Bearer <jwt>', () => {
  const bearer = async (jwt: string, ask: Partial<Ask> = {}) => ({
    host: 'a.com',
    ...ask,
    headers: { authorization: `Bearer ${jwt}` },
  });

  for (const beside of [false, true])
    test(`is refused with the right form${beside ? ', also beside scheme 1' : ''}`, async () => {
      const jwt = await token('bot');
      const { decision, line } = await ask(await bearer(jwt, beside ? { token: jwt } : {}));
      assert.deepEqual(
        [line.verdict, line.reason, line.scheme],
        ['deny', 'token-invalid', 'authorization-bearer'],
      );
      assert.ok(decision.verdict === 'deny' && decision.detail?.includes('Bearer Pomerium-<jwt>'));
      assert.equal(line.account_id, undefined, 'its signature was not looked at');
    });

  test("an admin credential, and another service's token, are none of ours", async () => {
    for (const jwt of [await token('bot', { audience: ADMIN }), await issue(stranger), 'opaque']) {
      const { line } = await ask(await bearer(jwt));
      assert.deepEqual([line.reason, line.scheme], ['user-unauthenticated', undefined]);
    }
  });
});
