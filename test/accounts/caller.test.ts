import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createCaller, refuseCaller } from '../../src/accounts/caller.ts';
import { ServiceAccount, ServiceAccountSpec } from '../../src/accounts/service-account-schema.ts';
import { accountOf, credentialOf, directoryUserOf, tokenOf } from '../support/records.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const at = (offset: number) => new Date(NOW + offset).toISOString();
type Fields = Readonly<Record<string, unknown>>;

interface Row {
  readonly account?: Fields;
  readonly credential?: Fields;
  readonly token?: Parameters<typeof tokenOf>[0];
  readonly user?: Fields;
  readonly expected: string;
}

function judge({ account, credential, token, user }: Row): string {
  const caller = createCaller(accountOf(account), credentialOf(credential), user && directoryUserOf(user));
  const refusal = refuseCaller(caller, tokenOf(token), NOW);
  if (refusal) assert.equal(refusal.caller, caller, 'logs can name whose it was');
  return refusal ? `${refusal.refused}: ${refusal.detail}` : 'good';
}

const pomerium = { purpose: 'pomerium', id: 'sa-1' };
const pomeriumToken = { issuance: 'pomerium', credential: 'sa-1' } as const;
const OTHER_USE = 'token-revoked: the credential was made for another use';

describe('whether a caller may be used with a good token', () => {
  const rows: Record<string, Row> = {
    'an enabled account with a live credential': { expected: 'good' },
    'a revoked credential': {
      credential: { revoked_at: at(-1) },
      expected: 'token-revoked: the credential was revoked',
    },
    // A revocation is a switch, not an appointment: a clock that lags must not let it in.
    'a credential revoked by a clock that is ahead': {
      credential: { revoked_at: at(60_000) },
      expected: 'token-revoked: the credential was revoked',
    },
    'a disabled account': {
      account: { disabled: true },
      expected: 'account-disabled: the service account is disabled',
    },
    'an account one millisecond before its expiry': { account: { expires_at: at(1) }, expected: 'good' },
    'an account at its expiry': {
      account: { expires_at: at(0) },
      expected: 'account-expired: the service account has expired',
    },
    'an account past its expiry': {
      account: { expires_at: at(-1) },
      expected: 'account-expired: the service account has expired',
    },
    'a credential one millisecond before its expiry': { credential: { expires_at: at(1) }, expected: 'good' },
    'a credential at its expiry': {
      credential: { expires_at: at(0) },
      expected: 'token-revoked: the credential has expired',
    },
    'a revoked credential of a disabled account': {
      account: { disabled: true },
      credential: { revoked_at: at(-1) },
      expected: 'token-revoked: the credential was revoked',
    },
    'a disabled account past its expiry': {
      account: { disabled: true, expires_at: at(-1) },
      expected: 'account-disabled: the service account is disabled',
    },
    'a credential for the admin API': { credential: { purpose: 'admin' }, expected: OTHER_USE },
    "Pomerium's credential with a token of ours": {
      credential: { ...pomerium, id: 'c-1' },
      expected: OTHER_USE,
    },
    "our credential with Pomerium's token": {
      account: { pomerium: true },
      token: { issuance: 'pomerium' },
      expected: OTHER_USE,
    },
    "an admin credential with Pomerium's token": {
      account: { pomerium: true },
      credential: { purpose: 'admin' },
      token: { issuance: 'pomerium' },
      expected: OTHER_USE,
    },
    "Pomerium's credential and token, for an account marked for it": {
      account: { pomerium: true },
      credential: pomerium,
      token: pomeriumToken,
      expected: 'good',
    },
    "Pomerium's credential and token, for an account that is not marked any more": {
      credential: pomerium,
      token: pomeriumToken,
      expected: "token-invalid: the account does not accept Pomerium's tokens",
    },
    "Pomerium's token for another user ID": {
      account: { pomerium: true },
      credential: pomerium,
      token: { ...pomeriumToken, user: 'other' },
      expected: 'token-invalid: the credential is for another user ID',
    },
    'a token that names another account': {
      token: { account: 'sa-2' },
      expected: 'token-revoked: the credential belongs to another account',
    },
    'a credential of another account': {
      credential: { account: 'sa-2' },
      expected: 'token-revoked: the credential belongs to another account',
    },
    'a token that names another user ID': {
      token: { user: 'other' },
      expected: 'token-revoked: the credential is for another user ID',
    },
    'a token whose user ID differs in case': {
      token: { user: 'Bot' },
      expected: 'token-revoked: the credential is for another user ID',
    },
    'an account that stands for a directory user': {
      account: { impersonate: 'alice' },
      user: {},
      token: { user: 'alice' },
      expected: 'good',
    },
    'an account that stands for a directory user other than the token says': {
      account: { impersonate: 'alice' },
      user: {},
      token: { user: 'bot' },
      expected: 'token-revoked: the credential is for another user ID',
    },
  };
  for (const [name, row] of Object.entries(rows))
    test(`${name}: ${row.expected.split(':')[0]}`, () => assert.equal(judge(row), row.expected));
});

describe('who a caller is', () => {
  test('an account that stands for itself has its own user ID, and no email, group or claim', () => {
    const { userId, email, name, groups, claims, directoryUser } = createCaller(accountOf(), credentialOf());
    assert.deepEqual(
      { userId, email, name, groups, directoryUser },
      { userId: 'bot', email: '', name: '', groups: [], directoryUser: undefined },
    );
    assert.equal(claims.size, 0);
  });

  test('an account that impersonates has everything of the directory user', () => {
    const caller = createCaller(accountOf({ impersonate: 'alice' }), credentialOf(), directoryUserOf());
    const { userId, email, name, groups, claims } = caller;
    assert.deepEqual(
      { userId, email, name, groups },
      { userId: 'alice', email: 'alice@example.com', name: 'Alice', groups: ['ops'] },
    );
    assert.deepEqual([...claims], [['team', ['a', 'b']]]);
  });

  test('an account stands for itself or for a directory user, never both or neither', () => {
    const fields = { id: 'sa-1', namespace: 'team-a' };
    for (const schema of [ServiceAccountSpec, ServiceAccount]) {
      const whole = schema === ServiceAccount ? { ...fields, created_at: at(0) } : fields;
      assert.ok(schema.safeParse({ ...whole, user_id: 'bot' }).success);
      assert.ok(schema.safeParse({ ...whole, impersonate: 'alice' }).success);
      assert.ok(!schema.safeParse(whole).success);
      assert.ok(!schema.safeParse({ ...whole, user_id: 'bot', impersonate: 'alice' }).success);
    }
  });
});
