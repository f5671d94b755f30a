import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SCHEME_HEADERS } from '../../demo/curl-command.ts';
import type { HeaderLine } from '../support/http-client.ts';
import type { CreatedCredential } from '../support/sidecar.ts';
import { receivedHeader, type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let robot: CreatedCredential;
before(async () => {
  stack = await startStack();
  robot = await stack.createAccount('robot', 'team-a');
});
after(() => stack.stop());

const line = (header: string): HeaderLine => [
  header.slice(0, header.indexOf(':')),
  header.slice(header.indexOf(':') + 2),
];

for (const version of ['h1', 'h2'] as const) {
  for (const scheme of SCHEME_HEADERS) {
    test(`"${scheme('<jwt>')}" gets through over ${version}, with an assertion that verifies`, async () => {
      const received = await stack.callUpstream({ version, headers: [line(scheme(robot.jwt))] });
      assert.equal(received.assertion?.verified, true, JSON.stringify(received.assertion));
    });
  }
}

test('the name of a header and the word before the credential may be in any letter case', async () => {
  const headers: HeaderLine[] = [
    ['x-pOMERIUM-authorization', robot.jwt],
    ['AUTHORIZATION', `pomerium ${robot.jwt}`],
    ['authorization', `POMERIUM ${robot.jwt}`],
    ['aUTHORIZATION', `bEARER pOMERIUM-${robot.jwt}`],
  ];
  for (const header of headers) await stack.callUpstream({ headers: [header] });
});

test('the first header that is present counts, whatever the others hold', async () => {
  const good = await stack.call({
    headers: [
      ['Authorization', 'Pomerium bad'],
      ['X-Pomerium-Authorization', robot.jwt],
    ],
  });
  assert.equal(good.status, 200);
  const bad = await stack.call({
    headers: [
      ['Authorization', `Pomerium ${robot.jwt}`],
      ['X-Pomerium-Authorization', 'bad'],
    ],
  });
  assert.equal(bad.status, 401);
});

test("an application's own Authorization passes untouched beside X-Pomerium-Authorization", async () => {
  for (const own of ['Bearer of-the-application', 'Basic dXNlcjpwYXNz', 'Digest username="a, b", uri="/"']) {
    const received = await stack.callUpstream({
      headers: [
        ['Authorization', own],
        ['X-Pomerium-Authorization', robot.jwt],
      ],
    });
    assert.deepEqual(receivedHeader(received, 'authorization'), [own]);
    assert.deepEqual(receivedHeader(received, 'x-pomerium-authorization'), []);
  }
});

test('over TLS and HTTP/2 the answer is the same: `npm run demo -- --once`', async () => {
  const { runProgram } = await import('../support/program.ts');
  const result = await runProgram([process.execPath, '--import', 'tsx', 'demo/demo.ts', '--once']);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.equal(result.stdout.match(/^ok {4} /gm)?.length, 6);
});
