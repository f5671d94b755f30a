import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AccountId } from '../../src/accounts/account-id.ts';
import { CredentialId } from '../../src/credentials/credential-id.ts';
import { createTokenVerifier, type TokenVerifierOptions } from '../../src/tokens/token-verifier.ts';
import { VerificationOverloaded } from '../../src/tokens/verification-queue.ts';
import {
  ISSUED_AT,
  ISSUER,
  id,
  issue,
  MESH,
  makeKeys,
  NOW,
  POMERIUM_CLAIMS,
  reasonOf,
  SECRET,
  SwappedKeys,
  signHmac,
} from '../support/token-fixture.ts';

const keys = await makeKeys('EdDSA');
const otherKeys = await makeKeys('EdDSA');

function makeVerifier(changes: Partial<TokenVerifierOptions> = {}) {
  const source = new SwappedKeys<TokenVerifierOptions['keys']['current']>(keys);
  return {
    source,
    verifier: createTokenVerifier({ keys: source, issuer: ISSUER, audience: MESH, ...changes }),
  };
}

function spoil(token: string, number = 0): string {
  const [a, b, c = ''] = token.split('.');
  const position = 1 + (number % 80);
  const other = c[position] === 'A' ? 'B' : 'A';
  return `${a}.${b}.${c.slice(0, position)}${other}${c.slice(position + 1)}`;
}

const accounts = (count: number) =>
  Array.from({ length: count }, (_, index) => id(AccountId, `account-${index}`));

describe('a token that is known', () => {
  test('is answered at once, with the same object', async () => {
    const { verifier } = makeVerifier();
    const token = await issue(keys);
    const first = verifier.verify(token, NOW);
    assert.ok(first instanceof Promise);
    const known = await first;
    assert.equal(verifier.verify(token, NOW), known);
  });

  test('is answered at once where its signature was bad', async () => {
    const { verifier } = makeVerifier();
    const token = spoil(await issue(keys));
    const first = await verifier.verify(token, NOW);
    assert.equal(reasonOf(first), 'token-invalid');
    assert.equal(verifier.verify(token, NOW), first);
  });

  test('never outlives exp, and costs no second check after it', async () => {
    const { verifier } = makeVerifier();
    const token = await issue(keys, { expiresAt: ISSUED_AT + 60 });
    await verifier.verify(token, NOW);
    for (const now of [(ISSUED_AT + 60) * 1000, (ISSUED_AT + 61) * 1000]) {
      const verdict = verifier.verify(token, now);
      assert.ok(!(verdict instanceof Promise));
      assert.equal(reasonOf(verdict), 'token-expired');
    }
    const before = verifier.verify(token, NOW);
    assert.ok(
      !(before instanceof Promise) && reasonOf(before) === 'verified',
      'a clock set back is believed again',
    );
  });

  test('is asked for twice at a time and checked once', async () => {
    const { verifier } = makeVerifier({ concurrency: 1, queueSize: 0 });
    const token = await issue(keys, { expiresAt: ISSUED_AT + 60 });
    const ask = async (now: number) => verifier.verify(token, now);
    const verdicts = await Promise.all([ask(NOW), ask(NOW), ask((ISSUED_AT + 60) * 1000)]);
    assert.equal(verdicts[0], verdicts[1]);
    assert.deepEqual(
      verdicts.map(reasonOf),
      ['verified', 'verified', 'token-expired'],
      'each by its own clock',
    );
  });
});

describe('a change of keys', () => {
  test('ends a token whose key is gone, known or not', async () => {
    const { source, verifier } = makeVerifier();
    const token = await issue(keys);
    await verifier.verify(token, NOW);
    source.swap(otherKeys);
    assert.equal(reasonOf(await verifier.verify(token, NOW)), 'token-invalid');
    source.swap(keys);
    assert.equal(reasonOf(await verifier.verify(token, NOW)), 'verified');
  });

  test('checks a token again whose key is still there', async () => {
    const { source, verifier } = makeVerifier();
    const token = await issue(keys);
    await verifier.verify(token, NOW);
    source.swap({ verification: new Map([...keys.verification, ...otherKeys.verification]) });
    assert.ok(verifier.verify(token, NOW) instanceof Promise);
    assert.equal(reasonOf(await verifier.verify(token, NOW)), 'verified');
    assert.equal(reasonOf(await verifier.verify(await issue(otherKeys), NOW)), 'verified');
  });

  test('ends a token that is being checked, for all who wait and for those who come later', async () => {
    const { source, verifier } = makeVerifier();
    const token = await issue(keys);
    const ask = async () => verifier.verify(token, NOW);
    const waiting = [ask(), ask()];
    source.swap(otherKeys);
    waiting.push(ask());
    assert.deepEqual((await Promise.all(waiting)).map(reasonOf), Array(3).fill('token-invalid'));
    assert.equal(reasonOf(await verifier.verify(token, NOW)), 'token-invalid');
  });

  test('does not keep what the old key said of the same kid', async () => {
    const kid = keys.signer.kid;
    const [imposter] = otherKeys.verification.values();
    assert.ok(imposter);
    const { source, verifier } = makeVerifier();
    const token = await issue(keys);
    const checking = verifier.verify(token, NOW);
    source.swap({ verification: new Map([[kid, { ...imposter, kid }]]) });
    assert.equal(reasonOf(await checking), 'token-invalid');
    source.swap(keys);
    assert.equal(reasonOf(await verifier.verify(token, NOW)), 'verified', 'nor the new one');
  });

  test("leaves Pomerium's tokens good", async () => {
    const { source, verifier } = makeVerifier({ pomerium: { secret: SECRET } });
    const token = signHmac({ alg: 'HS256', typ: 'JWT' }, POMERIUM_CLAIMS);
    const checking = verifier.verify(token, NOW);
    source.swap(otherKeys);
    assert.equal(reasonOf(await checking), 'verified');
  });
});

describe('a flood of bad signatures', () => {
  test('does not drive a known token out of memory', async () => {
    const { verifier } = makeVerifier({ cacheSize: 2, refusedCacheSize: 2, queueSize: 10_000 });
    const token = await issue(keys);
    const known = await verifier.verify(token, NOW);
    await Promise.all(
      Array.from({ length: 80 }, async (_, index) => verifier.verify(spoil(token, index), NOW)),
    );
    assert.equal(verifier.verify(token, NOW), known);
  });

  test('waits in a bounded queue, beyond which it is a fault and no refusal', async () => {
    const { verifier } = makeVerifier({ concurrency: 1, queueSize: 8 });
    const tokens = await Promise.all(accounts(20).map((accountId) => issue(keys, { accountId })));
    const known = await issue(keys, { credentialId: id(CredentialId, 'known') });
    await verifier.verify(known, NOW);
    const flood = tokens.map((token) => Promise.resolve(verifier.verify(spoil(token), NOW)));
    const during = verifier.verify(known, NOW);
    assert.ok(!(during instanceof Promise) && reasonOf(during) === 'verified', 'a known token does not wait');
    const results = await Promise.allSettled(flood);
    const rejected = results.filter((result) => result.status === 'rejected');
    assert.equal(rejected.length, 20 - 8 - 1);
    for (const { reason } of rejected) assert.ok(reason instanceof VerificationOverloaded);
    assert.equal(
      reasonOf(await verifier.verify(tokens[19] ?? '', NOW)),
      'verified',
      'and then all is well again',
    );
  });

  test('for one account leaves room for the new tokens of others, which go before it', async () => {
    const { verifier } = makeVerifier({ concurrency: 1, queueSize: 32 });
    const [victim, other] = accounts(2);
    const token = await issue(keys, { ...(victim && { accountId: victim }) });
    const fresh = await issue(keys, { ...(other && { accountId: other }) });
    const order: string[] = [];
    const flood = Array.from({ length: 80 }, async (_, index) => {
      await verifier.verify(spoil(token, index), NOW);
      order.push('bad');
    });
    const answered = Promise.resolve(verifier.verify(fresh, NOW)).then((verdict) =>
      order.push(reasonOf(verdict)),
    );
    const results = await Promise.allSettled([...flood, answered]);
    assert.equal(results.at(-1)?.status, 'fulfilled');
    assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1 + 32 / 8 + 1);
    assert.ok(order.indexOf('verified') <= 2, order.join(' '));
  });
});
