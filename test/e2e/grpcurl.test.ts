import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { installTools, toolPath } from '../support/install-tools.ts';
import { runProgram } from '../support/program.ts';
import { type Stack, startStack } from '../support/stack.ts';

let stack: Stack;
let jwt: string;
before(async () => {
  await installTools(['grpcurl']);
  stack = await startStack();
  jwt = (await stack.createAccount('robot', 'team-a')).jwt;
});
after(() => stack.stop());

const TRANSPORTS: Readonly<Record<string, () => string[]>> = {
  TCP: () => [`127.0.0.1:${stack.sidecar.grpcPort}`],
  'a Unix socket': () => [`unix://${stack.sidecar.socket}`],
};

async function grpcurl(transport: string, args: string[], flags: string[] = []): Promise<string> {
  const address = TRANSPORTS[transport]?.() ?? [];
  const command = [toolPath('grpcurl'), '-plaintext', ...flags, ...address, ...args];
  const { code, stdout, stderr } = await runProgram(command);
  assert.equal(code, 0, stderr);
  return stdout;
}

const CHECK = 'envoy.service.auth.v3.Authorization/Check';

for (const transport of Object.keys(TRANSPORTS)) {
  test(`reflection needs no proto file: ${transport}`, async () => {
    const services = (await grpcurl(transport, ['list'])).split('\n');
    assert.ok(services.includes('envoy.service.auth.v3.Authorization'), services.join());
    assert.ok(services.includes('grpc.health.v1.Health'), services.join());
    assert.match(await grpcurl(transport, ['describe', 'envoy.service.auth.v3.Authorization']), /rpc Check/);
    assert.match(await grpcurl(transport, ['describe', 'envoy.service.auth.v3.CheckRequest']), /attributes/);
    assert.match(
      await grpcurl(transport, ['describe', 'envoy.service.auth.v3.CheckResponse']),
      /denied_response/,
    );
    assert.match(await grpcurl(transport, ['describe', 'grpc.health.v1.Health']), /rpc Watch/);
  });

  test(`health is SERVING: ${transport}`, async () => {
    for (const service of ['', 'envoy.service.auth.v3.Authorization']) {
      const answer = await grpcurl(
        transport,
        ['grpc.health.v1.Health/Check'],
        ['-d', JSON.stringify({ service })],
      );
      assert.equal(JSON.parse(answer).status, 'SERVING');
    }
  });

  test(`a Check with a credential is OK, one without is not: ${transport}`, async () => {
    const request = (headers: Record<string, string>) => ({
      attributes: {
        request: { http: { id: '1', method: 'GET', host: 'verify.localhost', path: '/', headers } },
      },
    });
    const ask = async (headers: Record<string, string>) =>
      JSON.parse(await grpcurl(transport, [CHECK], ['-d', JSON.stringify(request(headers))]));

    const allowed = await ask({ 'x-pomerium-authorization': jwt });
    assert.equal(allowed.status?.code ?? 0, 0);
    const added = allowed.okResponse.headers.map((option: { header: { key: string } }) => option.header.key);
    assert.deepEqual(added, ['x-pomerium-jwt-assertion']);
    assert.ok(allowed.okResponse.headersToRemove.includes('x-pomerium-authorization'));
    assert.equal(allowed.dynamicMetadata.namespace, 'team-a');
    assert.equal(allowed.dynamicMetadata.route, 'verify');

    const denied = await ask({});
    assert.equal(denied.status.code, 16);
    assert.equal(denied.deniedResponse.status.code, 401);
    assert.equal(denied.dynamicMetadata.reason, 'user-unauthenticated');
  });
}

test('a Check without attributes is a failure, not a denial', async () => {
  const { code, stderr } = await runProgram([
    ...[toolPath('grpcurl'), '-plaintext', '-d', '{}'],
    ...[`127.0.0.1:${stack.sidecar.grpcPort}`, CHECK],
  ]);
  assert.notEqual(code, 0);
  assert.match(stderr, /InvalidArgument|Internal|Unavailable/);
});
