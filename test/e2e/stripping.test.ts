import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Envoy } from '../support/envoy.ts';
import type { HeaderLine } from '../support/http-client.ts';
import { receivedHeader, type Stack, startStack } from '../support/stack.ts';
import { curlStatus } from './curl-status.ts';
import { ENVOY_MODES } from './envoy-modes.ts';
import { assertNothingLeaked } from './leak-search.ts';

let stack: Stack;
let jwt: string;
const envoys = new Map<string, Envoy>();
before(async () => {
  stack = await startStack();
  jwt = (await stack.createAccount('robot', 'team-a')).jwt;
  for (const [mode, edit] of Object.entries(ENVOY_MODES))
    envoys.set(mode, await stack.addEnvoy(mode.replaceAll(/\W+/g, '-'), edit));
});
after(() => stack.stop());

/** The same claims with a signature that is not right: most of it would be as useful to a thief of claims. */
const broken = () => `${jwt.slice(0, -8)}AAAAAAA${jwt.at(-1)}`;

/** Every way that a credential may come in, right or wrong. The route `open` admits all of them. */
const WAYS: Readonly<Record<string, () => HeaderLine[]>> = {
  'X-Pomerium-Authorization': () => [['X-Pomerium-Authorization', jwt]],
  'Authorization: Pomerium': () => [['Authorization', `Pomerium ${jwt}`]],
  'Authorization: Bearer Pomerium-': () => [['Authorization', `Bearer Pomerium-${jwt}`]],
  'all three at once': () => [
    ['Authorization', `Bearer Pomerium-${jwt}`],
    ['X-Pomerium-Authorization', jwt],
    ['Authorization', `Pomerium ${jwt}`],
  ],
  'other letter case': () => [
    ['x-POMERIUM-authorization', jwt],
    ['AUTHORIZATION', `pOmErIuM ${jwt}`],
  ],
  'other letter case, Bearer': () => [['authorizatioN', `BEARER pomerium-${jwt}`]],
  'X-Pomerium-Authorization twice': () => [
    ['X-Pomerium-Authorization', jwt],
    ['X-Pomerium-Authorization', jwt],
  ],
  'X-Pomerium-Authorization twice, the first empty': () => [
    ['X-Pomerium-Authorization', ''],
    ['X-Pomerium-Authorization', jwt],
  ],
  'X-Pomerium-Authorization joined': () => [['X-Pomerium-Authorization', `${jwt}, ${jwt}`]],
  'Authorization twice': () => [
    ['Authorization', `Pomerium ${jwt}`],
    ['Authorization', `Pomerium ${jwt}`],
  ],
  "Authorization after the application's own": () => [
    ['Authorization', 'Basic dXNlcjpwYXNz'],
    ['Authorization', `Pomerium ${jwt}`],
  ],
  "Authorization before the application's own": () => [
    ['Authorization', `Bearer Pomerium-${jwt}`],
    ['Authorization', 'Basic dXNlcjpwYXNz'],
  ],
  "joined to the application's own": () => [['Authorization', `Basic dXNlcjpwYXNz, Pomerium ${jwt}`]],
  'joined to a bearer token': () => [['Authorization', `Bearer abc,Bearer Pomerium-${jwt}`]],
  'after more spaces and tabs': () => [['Authorization', `  Pomerium \t ${jwt}  `]],
  'Bearer after more spaces': () => [['Authorization', `Bearer   Pomerium-${jwt}`]],
  'after a tab alone': () => [['Authorization', `Pomerium\t${jwt}`]],
  'a bad signature': () => [['X-Pomerium-Authorization', broken()]],
  'a bad one beside a good one': () => [
    ['X-Pomerium-Authorization', broken()],
    ['Authorization', `Pomerium ${jwt}`],
  ],
  'with a character that is not base64url': () => [['X-Pomerium-Authorization', `${jwt}=`]],
  'with bytes that are no UTF-8': () => [
    ['X-Pomerium-Authorization', `${jwt}\xff`],
    ['Authorization', `Pomerium \xfe${jwt}`],
  ],
  'within another word': () => [['X-Pomerium-Authorization', `Bearer ${jwt}`]],
};

for (const mode of Object.keys(ENVOY_MODES)) {
  for (const version of ['h1', 'h2'] as const) {
    test(`no part of a credential reaches the service: ${mode}, ${version}`, async () => {
      for (const [way, headers] of Object.entries(WAYS)) {
        const lines = headers();
        if (version === 'h2' && authorizationLines(lines) > 1) continue;
        stack.upstream.takeBytes();
        const answer = await stack.call({ version, path: '/open', headers: lines }, envoys.get(mode));
        assert.equal(answer.status, 200, `${way}: ${answer.body}`);
        assertNothingLeaked(stack.upstream, jwt, way);
      }
    });
  }

  test(`nor where Authorization is repeated: ${mode}, h2`, async () => {
    const port = envoys.get(mode)?.ports.http ?? 0;
    const repeated = Object.entries(WAYS).filter(([, headers]) => authorizationLines(headers()) > 1);
    assert.equal(repeated.length, 4);
    for (const [way, headers] of repeated) {
      stack.upstream.takeBytes();
      assert.equal(await curlStatus(port, '/open', headers()), 200, way);
      assertNothingLeaked(stack.upstream, jwt, way);
    }
  });

  test(`no part of it reaches a route that it was needed for: ${mode}`, async () => {
    for (const way of [
      'X-Pomerium-Authorization',
      'Authorization: Pomerium',
      'Authorization: Bearer Pomerium-',
    ]) {
      stack.upstream.takeBytes();
      const answer = await stack.call({ headers: WAYS[way]?.() ?? [] }, envoys.get(mode));
      assert.equal(answer.status, 200, `${way}: ${answer.body}`);
      assertNothingLeaked(stack.upstream, jwt, way);
    }
  });

  test(`nor in observe: ${mode}`, async () => {
    for (const [way, headers] of Object.entries(WAYS)) {
      stack.upstream.takeBytes();
      const answer = await stack.call({ host: 'watch.localhost', headers: headers() }, envoys.get(mode));
      assert.equal(answer.status, 200, `${way}: ${answer.body}`);
      assertNothingLeaked(stack.upstream, jwt, way);
    }
  });

  test(`an application's own Authorization passes, every line of it: ${mode}`, async () => {
    const own: HeaderLine[] = [['Authorization', 'Bearer of-the-application']];
    const beside = await stack.callUpstream(
      { headers: [...own, ['X-Pomerium-Authorization', jwt]] },
      envoys.get(mode),
    );
    assert.deepEqual(receivedHeader(beside, 'authorization'), ['Bearer of-the-application']);
    const alone = await stack.callUpstream({ path: '/open', headers: own }, envoys.get(mode));
    assert.deepEqual(receivedHeader(alone, 'authorization'), ['Bearer of-the-application']);
  });
}

for (const mode of Object.keys(ENVOY_MODES).filter((name) => name.startsWith('no safeguards'))) {
  test(`a header name with underscores hides no credential: ${mode}`, async () => {
    stack.upstream.takeBytes();
    const headers: HeaderLine[] = [['X_Pomerium_Authorization', jwt]];
    const answer = await stack.call({ path: '/open', headers }, envoys.get(mode));
    assert.equal(answer.status, 200, answer.body);
    assertNothingLeaked(stack.upstream, jwt, 'X_Pomerium_Authorization');
  });
}

function authorizationLines(headers: readonly HeaderLine[]): number {
  return headers.filter(([name]) => name.toLowerCase() === 'authorization').length;
}
