// Stores of earlier builds hold routes and grants that took hosts from the `*` of `global` (docs/decisions/0009).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NamespaceId } from '../../src/accounts/namespace-id.ts';
import { matchRequest } from '../../src/routes/match-request.ts';
import { storedPlacesOf } from './places.ts';

const { tree, routes } = storedPlacesOf(
  {
    old: ['global'],
    'old-below': ['old', ['kept.com', '*.kept.com']],
    team: ['global', ['team.com', '*.com']],
    'team-lost': ['global', ['still.org']],
  },
  {
    'g-same': { namespace: 'global', hosts: ['same.org'], path: { prefix: '/x' } },
    'g-any': { namespace: 'global', path: { prefix: '/any' } },
    'old-host': { namespace: 'old', hosts: ['old.org', '*.old.org'], path: { prefix: '/x' } },
    'old-regex': { namespace: 'old', hosts: ['old.org'], path: { regex: '/r[0-9]+' } },
    'old-same': { namespace: 'old', hosts: ['same.org'], path: { prefix: '/x' } },
    'old-any': { namespace: 'old', path: { exact: '/old-any' } },
    kept: { namespace: 'old-below', hosts: ['kept.com'], path: { prefix: '/x' } },
    'kept-any': { namespace: 'old-below', path: { exact: '/kept-any' } },
    'team-com': { namespace: 'team', hosts: ['*.com'], path: { prefix: '/x' } },
    narrowed: {
      namespace: 'team-lost',
      hosts: ['still.org', 'lost.org', '*.lost.org'],
      path: { prefix: '/x' },
    },
  },
);

interface Options {
  readonly id?: string;
  readonly fallback?: 'serveNamespace' | 'unmatched';
}

function boundTo(host: string, path: string, { id, fallback }: Options = {}): string {
  const request = {
    host,
    path,
    contextExtensions: id === undefined ? {} : { route_id: id },
    routeMetadata: undefined,
  };
  const nowhere = { serveNamespace: undefined, unmatched: undefined };
  const settings = fallback ? { ...nowhere, [fallback]: NamespaceId.parse('team') } : nowhere;
  const found = matchRequest(request, routes, tree, settings);
  return 'refused' in found
    ? `${found.refused} in ${found.namespace?.id}`
    : `${found.matchedBy} ${found.namespace.id}/${found.route?.id ?? ''}`;
}

describe('what only a stranded route would have matched is not found, and falls through to nothing', () => {
  const rows: [what: string, host: string, path: string, bound: string][] = [
    ['of a namespace without hosts', 'old.org', '/x/y', 'route-not-found in global'],
    ['by a pattern', 'a.old.org', '/x', 'route-not-found in global'],
    ['by an expression', 'old.org', '/r17', 'route-not-found in global'],
    ['without hosts of its own', 'any.org', '/old-any', 'route-not-found in global'],
    [
      'on a host that was granted by a namespace without hosts',
      'kept.com',
      '/x',
      'route-not-found in old-below',
    ],
    ['the same without hosts of its own', 'a.kept.com', '/kept-any', 'route-not-found in old-below'],
    ['on a host that its namespace no longer holds', 'lost.org', '/x', 'route-not-found in global'],
    ['the same by a pattern', 'a.lost.org', '/x', 'route-not-found in global'],
  ];
  for (const [what, host, path, bound] of rows)
    test(what, () => {
      assert.equal(boundTo(host, path), bound);
      for (const fallback of ['serveNamespace', 'unmatched'] as const)
        assert.equal(boundTo(host, path, { fallback }), bound);
    });
});

describe('what a stranded route would not have matched goes on as ever', () => {
  const rows: [what: string, host: string, path: string, bound: string][] = [
    ['another path', 'old.org', '/y', 'unmatched team/'],
    ['another path that a route of global has', 'old.org', '/any', 'route global/g-any'],
    ['a claim that a route of global has as well', 'same.org', '/x', 'route global/g-same'],
    ['a path on hosts that its namespace never held', 'any.org', '/kept-any', 'unmatched team/'],
    ['a host of another namespace', 'team.com', '/old-any', 'unmatched team/'],
    ['the hosts that are granted', 'still.org', '/x', 'route team-lost/narrowed'],
    ['a wider grant of another namespace does not take the host', 'kept.com', '/y', 'unmatched team/'],
    ['nor do routes of global', 'kept.com', '/any', 'unmatched team/'],
    ['the wider grant itself', 'a.com', '/x', 'route team/team-com'],
  ];
  for (const [what, host, path, bound] of rows)
    test(what, () => assert.equal(boundTo(host, path, { fallback: 'unmatched' }), bound));
});

describe('a stranded route that Envoy names', () => {
  const rows: [what: string, id: string, host: string, bound: string][] = [
    ['is no route on a host that was not granted', 'old-host', 'old.org', 'route-not-found in global'],
    ['nor if the grant does not count', 'kept', 'kept.com', 'route-not-found in old-below'],
    ['nor without hosts of its own there', 'kept-any', 'kept.com', 'route-not-found in old-below'],
    ['nor on a host that its namespace no longer holds', 'narrowed', 'lost.org', 'route-not-found in global'],
    ['is one on those that it still holds', 'narrowed', 'still.org', 'route-id team-lost/narrowed'],
    ['without hosts is one where only global holds the host', 'old-any', 'any.org', 'route-id old/old-any'],
    ['and nowhere else', 'old-any', 'team.com', 'route-not-found in team'],
  ];
  for (const [what, id, host, bound] of rows)
    test(what, () => assert.equal(boundTo(host, '/', { id, fallback: 'unmatched' }), bound));
});

test('each is reported, with the hosts that were not granted', () =>
  assert.deepEqual(
    routes.faults.map(({ route, problem }) => `${route}: ${problem}`),
    [
      'old-host: old.org, *.old.org are not granted to namespace old: it is not matched there',
      'old-regex: old.org is not granted to namespace old: it is not matched there',
      'old-same: same.org is not granted to namespace old: it is not matched there',
      'old-any: no host is granted to namespace old: it is matched only if Envoy names it',
      'kept: kept.com is not granted to namespace old-below: it is not matched there',
      'kept-any: kept.com, *.kept.com are not granted to namespace old-below: it is not matched there',
      'narrowed: lost.org, *.lost.org are not granted to namespace team-lost: it is not matched there',
    ],
  ));

test('a grant that does not count names no audience', () => {
  const request = {
    host: 'kept.com',
    path: '/',
    contextExtensions: { 'sallyport.namespace': 'old-below' },
    routeMetadata: undefined,
  };
  const found = matchRequest(request, routes, tree, { serveNamespace: undefined, unmatched: undefined });
  assert.ok(!('refused' in found) && found.audience === undefined);
});
