import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Envoy } from '../support/envoy.ts';
import { connectionManager } from '../support/fill-envoy-config.ts';
import { call } from '../support/http-client.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { applyResources } from './apply-resources.ts';

const HOST = 'kept.named.localhost';

let stack: Stack;
before(async () => {
  stack = await startStack();
  const route = (id: string, fields: object) => ({
    ...{ kind: 'Route', id, namespace: 'team-a', hosts: [HOST], path: { prefix: `/${id}` } },
    ...{ policies: ['everyone'], ...fields },
  });
  await applyResources(
    stack.sidecar,
    { kind: 'Policy', id: 'everyone', namespace: 'team-a', ppl: { allow: { and: [{ accept: true }] } } },
    route('slashes', { encoded_slash: 'keep' }),
    route('parameters', { path_parameters: 'keep' }),
    route('neither', {}),
  );
});
after(() => stack.stop());

/** Who answers a path, and with what: the service says which path it received. */
type Rows = Readonly<Record<string, string>>;

const SHIPPED: Rows = {
  '/slashes/a%2Fb': 'Envoy: 400',
  '/neither/a%2Fb': 'Envoy: 400',
  '/slashes/a;v=1': 'Sallyport: 400 path-ambiguous',
  '/parameters/a;v=1': 'service: /parameters/a;v=1',
  '/parameters/a%3Bv=1': 'service: /parameters/a%3Bv=1',
  // A dot segment for Envoy, too, which resolves it before anybody else reads the path.
  '/parameters/..;/neither': 'service: /neither',
  '/neither/a;v=1': 'Sallyport: 400 path-ambiguous',
};

const BY_ACTION: Readonly<Record<string, Rows>> = {
  REJECT_REQUEST: SHIPPED,
  KEEP_UNCHANGED: {
    '/slashes/a%2Fb': 'service: /slashes/a%2Fb',
    '/slashes/a%2fb': 'service: /slashes/a%2fb',
    '/slashes/..%2Fneither': 'Sallyport: 400 path-ambiguous',
    '/slashes/a%5Cb': 'Sallyport: 400 path-ambiguous',
    '/slashes/a%252Fb': 'Sallyport: 400 path-ambiguous',
    '/slashes/a%2Fb;v=1': 'Sallyport: 400 path-ambiguous',
    '/parameters/a%2Fb': 'Sallyport: 400 path-ambiguous',
    '/neither/a%2Fb': 'Sallyport: 400 path-ambiguous',
  },
  // The route keeps nothing: Envoy has decoded the path before Sallyport is asked.
  UNESCAPE_AND_FORWARD: {
    '/slashes/a%2Fb': 'service: /slashes/a/b',
    '/slashes/..%2Fneither': 'service: /neither',
  },
  UNESCAPE_AND_REDIRECT: { '/slashes/a%2Fb': 'Envoy: 307' },
};

describe('encoded_slash: keep and path_parameters: keep, with envoy.yaml', () => {
  for (const [path, answer] of Object.entries(SHIPPED))
    test(`${path}: ${answer}`, async () => assert.equal(await whoAnswers(stack.envoy, path), answer));
});

for (const [action, rows] of Object.entries(BY_ACTION))
  describe(`with path_with_escaped_slashes_action: ${action}`, () => {
    let envoy: Envoy;
    before(async () => {
      envoy = await stack.addEnvoy(action, (config) =>
        Object.assign(connectionManager(config), { path_with_escaped_slashes_action: action }),
      );
    });
    for (const [path, answer] of Object.entries(rows))
      test(`${path}: ${answer}`, async () => assert.equal(await whoAnswers(envoy, path), answer));
  });

async function whoAnswers(envoy: Envoy, path: string): Promise<string> {
  const { status, body } = await call(envoy.ports.http, { host: HOST, path });
  if (status === 200) return `service: ${JSON.parse(body).path}`;
  return body === '' ? `Envoy: ${status}` : `Sallyport: ${status} ${JSON.parse(body).reason}`;
}
