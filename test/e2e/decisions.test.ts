import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { JWK } from 'jose';
import type { Envoy } from '../support/envoy.ts';
import { readCredentialKey, readToken, resignToken, signHs256 } from '../support/forge-token.ts';
import type { CallOptions, HeaderLine, HttpAnswer } from '../support/http-client.ts';
import type { CreatedCredential } from '../support/sidecar.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { removeSafeguards } from './envoy-modes.ts';

const HOUR = 3600;
const now = () => Math.floor(Date.now() / 1000);

let stack: Stack;
let bare: Envoy;
let robot: CreatedCredential;
let key: JWK;
const accounts = new Map<string, CreatedCredential>();
before(async () => {
  stack = await startStack();
  bare = await stack.addEnvoy('bare', removeSafeguards);
  robot = await stack.createAccount('robot', 'team-a');
  for (const [user, namespace] of [
    ['robot-b', 'team-b'],
    ['robot-below', 'team-a-below'],
    ['robot-global', 'global'],
    ['robot-revoked', 'team-a'],
    ['robot-disabled', 'team-a'],
    ['robot-deleted', 'team-a'],
    ['robot-expired', 'team-a'],
  ] as const)
    accounts.set(user, await stack.createAccount(user, namespace));
  const id = (user: string) => accounts.get(user)?.id ?? '';
  await stack.sidecar.cliJson(['sa', 'revoke', id('robot-revoked')]);
  await stack.sidecar.cliJson(['sa', 'disable', id('robot-disabled')]);
  await stack.sidecar.cliJson(['sa', 'delete', id('robot-deleted')]);
  const expired = {
    apiVersion: 'sallyport/v1alpha1',
    kind: 'ServiceAccount',
    id: id('robot-expired'),
    user_id: 'robot-expired',
  };
  const expiry = JSON.stringify({ ...expired, namespace: 'team-a', expires_at: '2020-01-01T00:00:00Z' });
  await stack.sidecar.cliJson(['apply', '-f', '-'], expiry);
  key = readCredentialKey(join(stack.folder, 'store'));
});
after(() => stack.stop());

const credential = (jwt: string): HeaderLine[] => [['X-Pomerium-Authorization', jwt]];
const of = (user: string) => credential(accounts.get(user)?.jwt ?? '');

interface Row {
  readonly what: string;
  readonly request: () => CallOptions | Promise<CallOptions>;
  readonly status: number;
  readonly reason: string;
  /** gRPC's status, as Envoy makes it from the HTTP one. */
  readonly grpc: number;
  readonly challenge?: RegExp;
  /** Through the Envoy without safeguards: `envoy.yaml` answers by itself. */
  readonly bare?: true;
}

const INVALID = /^Bearer realm="sallyport", error="invalid_token"/;
const unauthenticated = { status: 401, grpc: 16, challenge: INVALID };
const invalid = { ...unauthenticated, reason: 'token-invalid' };
const ambiguous = { status: 400, grpc: 13, reason: 'path-ambiguous' };
const forbidden = { status: 403, grpc: 7 };

const ROWS: readonly Row[] = [
  {
    what: 'a host that nobody registered',
    request: () => ({ host: 'unknown.localhost' }),
    status: 404,
    grpc: 12,
    reason: 'route-not-found',
  },
  { what: 'a path that is encoded twice', request: () => ({ path: '/open/a%252Fb' }), ...ambiguous },
  { what: 'a path with a semicolon', request: () => ({ path: '/open;a/b' }), ...ambiguous },
  { what: 'a path with an encoded slash', request: () => ({ path: '/open%2Fa' }), ...ambiguous, bare: true },
  {
    what: 'a path with an encoded backslash',
    request: () => ({ path: '/open/%5C..' }),
    ...ambiguous,
    bare: true,
  },
  {
    what: 'a path with dot segments',
    request: () => ({ path: '/open/../closed' }),
    ...ambiguous,
    bare: true,
  },
  {
    what: 'a path with encoded dot segments',
    request: () => ({ path: '/open/%2e%2E/closed' }),
    ...ambiguous,
    bare: true,
  },
  { what: 'a path with an empty segment', request: () => ({ path: '//closed' }), ...ambiguous, bare: true },
  {
    what: 'no credential',
    request: () => ({}),
    status: 401,
    grpc: 16,
    reason: 'user-unauthenticated',
    challenge: /^Bearer realm="sallyport"$/,
  },
  { what: 'a credential that is no token', request: () => ({ headers: credential('nothing') }), ...invalid },
  { what: 'an empty credential', request: () => ({ headers: credential('') }), ...invalid },
  {
    what: 'a repeated credential',
    request: () => ({ headers: [...credential(robot.jwt), ...credential(robot.jwt)] }),
    ...invalid,
  },
  {
    what: 'joined credentials',
    request: () => ({ headers: credential(`${robot.jwt},${robot.jwt}`) }),
    ...invalid,
  },
  {
    what: 'a token over 8 KiB',
    request: () => ({ headers: credential(`${robot.jwt}${'A'.repeat(8192)}`) }),
    ...invalid,
  },
  {
    what: 'a token that is not canonical',
    request: () => ({ headers: credential(`${robot.jwt}=`) }),
    ...invalid,
  },
  {
    what: 'a bad signature',
    request: () => ({ headers: credential(breakSignature(robot.jwt)) }),
    ...invalid,
  },
  { what: 'alg: none', request: () => ({ headers: credential(unsigned(robot.jwt)) }), ...invalid },
  {
    what: 'HS256 with the public key',
    request: () => ({ headers: credential(hmacWithPublicKey()) }),
    ...invalid,
  },
  {
    what: 'an unknown kid',
    request: async () => ({ headers: credential(await resign({ header: { kid: 'unknown' } })) }),
    ...invalid,
  },
  {
    what: 'crit',
    request: async () => ({ headers: credential(await resign({ header: { crit: ['x'], x: 1 } })) }),
    ...invalid,
  },
  {
    what: 'another issuer',
    request: async () => ({ headers: credential(await resign({ claims: { iss: 'other' } })) }),
    ...invalid,
  },
  {
    what: 'no issuer',
    request: async () => ({ headers: credential(await resign({ claims: { iss: undefined } })) }),
    ...invalid,
  },
  {
    what: 'another audience',
    request: async () => ({ headers: credential(await resign({ claims: { aud: 'other' } })) }),
    ...invalid,
  },
  {
    what: 'another type',
    request: async () => ({ headers: credential(await resign({ header: { typ: 'JWT' } })) }),
    ...invalid,
  },
  {
    what: 'an expired token',
    request: async () => ({ headers: credential(await resign({ claims: { exp: now() - 1 } })) }),
    ...unauthenticated,
    reason: 'token-expired',
  },
  {
    what: 'a token of tomorrow',
    request: async () => ({ headers: credential(await resign({ claims: { nbf: now() + 24 * HOUR } })) }),
    ...unauthenticated,
    reason: 'token-not-yet-valid',
  },
  {
    what: 'a revoked credential',
    request: () => ({ headers: of('robot-revoked') }),
    ...unauthenticated,
    reason: 'token-revoked',
  },
  {
    what: 'a deleted account',
    request: () => ({ headers: of('robot-deleted') }),
    ...unauthenticated,
    reason: 'token-revoked',
  },
  {
    what: 'a disabled account',
    request: () => ({ headers: of('robot-disabled') }),
    ...unauthenticated,
    reason: 'account-disabled',
  },
  {
    what: 'an expired account',
    request: () => ({ headers: of('robot-expired') }),
    ...unauthenticated,
    reason: 'account-expired',
  },
  {
    what: 'an account of a namespace beside',
    request: () => ({ headers: of('robot-b') }),
    ...forbidden,
    reason: 'namespace-unauthorized',
  },
  {
    what: 'an account of a namespace below',
    request: () => ({ headers: of('robot-below') }),
    ...forbidden,
    reason: 'namespace-unauthorized',
  },
  {
    what: 'a policy that denies',
    request: () => ({ path: '/closed', headers: credential(robot.jwt) }),
    ...forbidden,
    reason: 'accept',
  },
  {
    what: 'no policy that allows',
    request: () => ({ path: '/else', headers: credential(robot.jwt) }),
    ...forbidden,
    reason: 'user-unauthorized',
  },
  {
    what: 'a method that no policy allows',
    request: () => ({ path: '/reads/a', method: 'POST', headers: credential(robot.jwt) }),
    ...forbidden,
    reason: 'http-method-unauthorized',
  },
];

for (const row of ROWS) {
  test(`${row.what}: ${row.status} ${row.reason}`, async () => {
    const answer = await stack.call(await row.request(), row.bare && bare);
    assert.equal(answer.status, row.status, answer.body);
    assertChallenge(answer, row.challenge);
    assert.equal(JSON.parse(answer.body).reason, row.reason);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  });

  // Policies that look at the method see POST, as all of gRPC is.
  test(`${row.what}, as a gRPC call: ${row.grpc}`, async () => {
    const options = await row.request();
    const headers: HeaderLine[] = [
      ...(options.headers ?? []),
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
    ];
    const answer = await stack.call({ ...options, version: 'h2', method: 'POST', headers }, row.bare && bare);
    assert.equal(answer.status, 200);
    assert.equal(Number(answer.headers.get('grpc-status')), row.grpc);
    const message = decodeURIComponent(answer.headers.get('grpc-message') ?? '');
    assert.ok(message.startsWith(row.reason), message);
    assert.doesNotMatch(message, /\n/);
    assert.equal(answer.body, '');
  });
}

test('an account of a namespace above may call below', async () => {
  assert.equal((await stack.call({ headers: of('robot-global') })).status, 200);
});

test('a route that keeps encoded slashes takes them', async () => {
  const answer = await stack.call(
    { host: 'paths.localhost', path: '/keep/a%2Fb', headers: credential(robot.jwt) },
    bare,
  );
  assert.equal(answer.status, 200, answer.body);
});

test('a host is the same in any letter case, with a port and a trailing dot', async () => {
  for (const host of [
    'VERIFY.localhost',
    'verify.localhost:8443',
    'verify.localhost.',
    'Verify.Localhost.:80',
  ])
    assert.equal((await stack.call({ host, headers: credential(robot.jwt) })).status, 200, host);
});

test('where everybody is admitted, a bad credential and one out of its scope are too', async () => {
  const headers = [
    credential('nothing'),
    credential(breakSignature(robot.jwt)),
    of('robot-b'),
    of('robot-revoked'),
  ];
  for (const each of headers) {
    const received = await stack.callUpstream({ path: '/open', headers: each });
    assert.equal(received.assertion, null);
  }
});

test('in observe everything gets through, and nothing vouches for the caller', async () => {
  for (const headers of [[], credential('nothing'), credential(robot.jwt), of('robot-disabled')]) {
    const received = await stack.callUpstream({ host: 'watch.localhost', headers });
    assert.equal(received.assertion, null);
  }
});

test("a denial's body follows Accept, and escapes what a policy says", async () => {
  const ask = (accept: string) =>
    stack.call({ path: '/closed', headers: [...credential(robot.jwt), ['Accept', accept]] });

  const json = await ask('application/json');
  const { error, reason, request_id, explanation, remediation } = JSON.parse(json.body);
  assert.deepEqual(
    { error, reason, explanation, remediation },
    {
      error: 'insufficient_scope',
      reason: 'accept',
      explanation: 'This path is <closed> & quiet.',
      remediation: 'Ask "team A" for another.',
    },
  );
  assert.match(request_id, /^[\w-]{16,}$/);

  const html = await ask('text/html,application/xhtml+xml,*/*;q=0.8');
  assert.match(html.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(html.headers.get('content-security-policy') ?? '', /default-src 'none'/);
  assert.match(html.body, /This path is &lt;closed&gt; &amp; quiet\./);
  assert.doesNotMatch(html.body, /<closed>|<script/);

  const text = await ask('text/plain');
  assert.match(text.headers.get('content-type') ?? '', /^text\/plain/);
  assert.match(text.body, /This path is <closed> & quiet\./);
});

test('no denial quotes the credential, the policy or the account', async () => {
  for (const headers of [credential(breakSignature(robot.jwt)), of('robot-revoked'), of('robot-b')]) {
    const { body, headers: answered } = await stack.call({ headers });
    const said = body + [...answered].join('\n');
    for (const part of (headers[0]?.[1] ?? '').split('.')) assert.ok(!said.includes(part));
    assert.doesNotMatch(said, /robot/);
  }
});

function assertChallenge(answer: HttpAnswer, challenge: RegExp | undefined): void {
  if (challenge) assert.match(answer.headers.get('www-authenticate') ?? '', challenge);
  else assert.equal(answer.headers.get('www-authenticate'), undefined);
}

function resign(change: Parameters<typeof resignToken>[2]): Promise<string> {
  return resignToken(robot, key, change);
}

function breakSignature(jwt: string): string {
  const at = jwt.lastIndexOf('.') + 1;
  return `${jwt.slice(0, at)}${jwt[at] === 'A' ? 'B' : 'A'}${jwt.slice(at + 1)}`;
}

function unsigned(jwt: string): string {
  const header = Buffer.from(JSON.stringify({ ...readToken(jwt).header, alg: 'none' })).toString('base64url');
  return `${header}.${jwt.split('.')[1]}.`;
}

function hmacWithPublicKey(): string {
  const { header, claims } = readToken(robot.jwt);
  return signHs256(Buffer.from(String(key.x), 'base64url'), { ...header, alg: 'HS256' }, claims);
}
