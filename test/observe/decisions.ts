import { createCaller } from '../../src/accounts/caller.ts';
import { Namespace } from '../../src/accounts/namespace-schema.ts';
import { NamespaceNode } from '../../src/accounts/namespace-tree.ts';
import { Credential, ServiceAccount } from '../../src/accounts/service-account-schema.ts';
import type { CheckRequest } from '../../src/check/check-request.ts';
import type { Allow, Deny } from '../../src/check/decision.ts';
import { Policy } from '../../src/policy/policy-schema.ts';
import { readRequestPath } from '../../src/routes/request-path.ts';
import { Route } from '../../src/routes/route-schema.ts';

const TIME = '2026-01-01T00:00:00Z';
const caller = createCaller(
  ServiceAccount.parse({
    id: 'ci',
    namespace: 'team-a',
    user_id: 'ci@team-a',
    created_at: TIME,
    credentials: ['ci-1'],
  }),
  Credential.parse({ id: 'ci-1', account: 'ci', purpose: 'mesh', issued_at: TIME }),
  undefined,
  'k-1',
);
const namespace = new NamespaceNode(Namespace.parse({ id: 'team-a', parent: 'global' }), undefined, []);

/** Decisions as the pipeline makes them, and the request that they are about. */
export const request: CheckRequest = {
  id: 'r-1',
  method: 'GET',
  host: 'api.example.com',
  path: '/v1/things?token=eyJhbGciOiJIUzI1NiJ9',
  headers: { values: () => ['eyJhbGciOiJIUzI1NiJ9'], names: () => ['authorization'] },
  time: undefined,
  peerAddress: '10.0.0.9',
  peerCertificate: undefined,
  contextExtensions: {},
  routeMetadata: undefined,
};

export const allow: Allow = {
  verdict: 'allow',
  enforcement: 'enforce',
  binding: {
    matchedBy: 'route',
    namespace,
    route: Route.parse({ id: 'api', namespace: 'team-a' }),
    policies: undefined,
    path: readRequestPath(request.path),
    ambiguity: undefined,
    audience: undefined,
    version: 'api@1',
  },
  caller,
  tokenWithoutCaller: undefined,
  revision: 42,
  scheme: 'x-pomerium-authorization',
  shadow: undefined,
  reasons: ['user-ok'],
  policy: Policy.parse({ id: 'only-ci', namespace: 'team-a', ppl: [] }),
  authenticated: true,
  assertion: { jwt: 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln', groupsLeftOut: 0 },
};

export const deny: Deny = {
  verdict: 'deny',
  enforcement: 'observe',
  binding: undefined,
  caller: undefined,
  tokenWithoutCaller: undefined,
  revision: 42,
  scheme: 'authorization-bearer',
  shadow: undefined,
  reasons: ['token-expired', 'user-unauthenticated'],
  refusal: 'unauthenticated',
  policy: undefined,
  detail: 'the token has expired',
};
