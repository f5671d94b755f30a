import { type Caller, createCaller } from '../../src/accounts/caller.ts';
import { DirectoryUser } from '../../src/accounts/directory-schema.ts';
import { Namespace } from '../../src/accounts/namespace-schema.ts';
import { buildNamespaceTree } from '../../src/accounts/namespace-tree.ts';
import { Credential, ServiceAccount } from '../../src/accounts/service-account-schema.ts';
import type { Allow, Deny } from '../../src/check/decision.ts';
import { Policy } from '../../src/policy/policy-schema.ts';
import type { Binding } from '../../src/routes/match-request.ts';
import { readRequestPath } from '../../src/routes/request-path.ts';
import { Route } from '../../src/routes/route-schema.ts';

const CREATED = '2026-01-01T00:00:00Z';

export function makeCaller(
  id = 'sa-1',
  user: { email?: string; groups?: string[]; claims?: Record<string, string[]> } = {},
): Caller {
  return createCaller(
    ServiceAccount.parse({ id, namespace: 'team-a', impersonate: 'u-1', created_at: CREATED }),
    Credential.parse({ id: `${id}-c`, account: id, purpose: 'mesh', issued_at: CREATED }),
    DirectoryUser.parse({ id: 'u-1', name: 'One', email: 'one@example.com', ...user }),
    'k-1',
  );
}

export function makeBinding(routeId = 'r-1'): Binding {
  const { tree } = buildNamespaceTree([Namespace.parse({ id: 'team-a', parent: 'global' })]);
  const namespace = tree.nodes.get('team-a');
  if (!namespace) throw new Error('no team-a');
  const route = Route.parse({ id: routeId, namespace: 'team-a' });
  return {
    matchedBy: 'route',
    namespace,
    route,
    policies: undefined,
    path: readRequestPath('/'),
    ambiguity: undefined,
    audience: undefined,
    version: '',
  };
}

export function makePolicy(texts: { explanation?: string; remediation?: string } = {}): Policy {
  return Policy.parse({ id: 'p-1', namespace: 'team-a', ppl: 'allow: {or: [accept: true]}', ...texts });
}

export function makeAllow(changes: Partial<Allow> = {}): Allow {
  return {
    verdict: 'allow',
    enforcement: 'enforce',
    binding: makeBinding(),
    caller: makeCaller(),
    tokenWithoutCaller: undefined,
    revision: 7,
    scheme: 'x-pomerium-authorization',
    shadow: undefined,
    reasons: ['user-ok'],
    policy: makePolicy(),
    authenticated: true,
    assertion: { jwt: 'h.p.s', groupsLeftOut: 0 },
    ...changes,
  };
}

export function makeDeny(changes: Partial<Deny> = {}): Deny {
  return {
    verdict: 'deny',
    enforcement: 'enforce',
    binding: makeBinding(),
    caller: undefined,
    tokenWithoutCaller: undefined,
    revision: 7,
    scheme: undefined,
    shadow: undefined,
    reasons: ['user-unauthenticated'],
    policy: undefined,
    refusal: 'unauthenticated',
    detail: undefined,
    ...changes,
  };
}
