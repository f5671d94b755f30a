import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type JsonObject, signHs256 } from '../support/forge-token.ts';
import { type Stack, startStack } from '../support/stack.ts';

const SECRET = randomBytes(32);
const ISSUED = 1_700_000_000;

let withSecret: Stack;
let without: Stack;
before(async () => {
  withSecret = await startStack({ pomerium: { shared_secret: SECRET.toString('base64') } });
  without = await startStack();
  for (const stack of [withSecret, without]) {
    await stack.sidecar.cliJson(
      ['apply', '-f', '-'],
      ['marked', 'unmarked'].map((id) => account(id)).join('---\n'),
    );
    await stack.sidecar.cliJson(['apply', '-f', '-'], account('disabled', 'disabled: true'));
  }
});
after(async () => {
  await withSecret.stop();
  await without.stop();
});

function account(id: string, more = ''): string {
  return [
    'apiVersion: sallyport/v1alpha1',
    'kind: ServiceAccount',
    `id: ${id}`,
    `user_id: robot-${id}`,
    'namespace: team-a',
    ...(id === 'unmarked' ? [] : ['pomerium: true']),
    more,
    '',
  ].join('\n');
}

/** As Pomerium makes them: HS256, no `kid`, `jti` the account's id, no `exp`. */
function pomeriumToken(id: string, { claims = {}, header = {}, secret = SECRET }: Change = {}): string {
  const original = { jti: id, sub: `robot-${id}`, iat: ISSUED, nbf: ISSUED };
  return signHs256(secret, { alg: 'HS256', typ: 'JWT', ...header }, { ...original, ...claims });
}
interface Change {
  readonly claims?: JsonObject;
  readonly header?: JsonObject;
  readonly secret?: Buffer;
}

async function answerTo(stack: Stack, jwt: string): Promise<string> {
  const { status, body } = await stack.call({ headers: [['X-Pomerium-Authorization', jwt]] });
  return status === 200 ? '200' : `${status} ${JSON.parse(body).reason}`;
}

test("Pomerium's own JWT is accepted for an account that is marked for it, in each of the three headers", async () => {
  const jwt = pomeriumToken('marked');
  for (const [name, value] of [
    ['X-Pomerium-Authorization', jwt],
    ['Authorization', `Pomerium ${jwt}`],
    ['Authorization', `Bearer Pomerium-${jwt}`],
  ] as const) {
    const received = await withSecret.callUpstream({ headers: [[name, value]] });
    assert.ok(received.assertion?.verified);
    assert.equal(received.assertion.claims.sub, 'robot-marked');
    assert.equal(received.assertion.claims.sid, 'marked');
  }
});

test('it is refused where the secret is not set', async () => {
  assert.equal(await answerTo(without, pomeriumToken('marked')), '401 token-invalid');
});

test('it is refused for an account that is not marked', async () => {
  assert.equal(await answerTo(withSecret, pomeriumToken('unmarked')), '401 token-invalid');
});

test('it is refused where sub is not the user ID of the account', async () => {
  assert.equal(
    await answerTo(withSecret, pomeriumToken('marked', { claims: { sub: 'robot-other' } })),
    '401 token-invalid',
  );
});

test('it is refused under another secret, algorithm or kid', async () => {
  for (const change of [
    { secret: randomBytes(32) },
    { header: { alg: 'HS512' } },
    { header: { alg: 'none' } },
    { header: { kid: 'x' } },
  ])
    assert.equal(
      await answerTo(withSecret, pomeriumToken('marked', change)),
      '401 token-invalid',
      JSON.stringify(change),
    );
});

test('its exp holds where it has one', async () => {
  assert.equal(
    await answerTo(withSecret, pomeriumToken('marked', { claims: { exp: ISSUED + 1 } })),
    '401 token-expired',
  );
});

test('an account that is marked can be disabled like any other', async () => {
  assert.equal(await answerTo(withSecret, pomeriumToken('disabled')), '401 account-disabled');
});
