import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { NamespaceId } from '../../src/accounts/namespace-id.ts';
import { isWithin } from '../../src/accounts/namespace-tree.ts';
import { normalizeHost } from '../../src/routes/host-pattern.ts';
import { type BindableRequest, matchRequest } from '../../src/routes/match-request.ts';
import { placesOf } from './places.ts';

const PLACES = placesOf(
  {
    'team-a': ['global', ['*.a.com', 'a.com']],
    'a-web': ['team-a', ['web.a.com']],
    'a-jobs': ['team-a'],
    'team-b': ['global', ['b.com', 'b.a.com']],
    open: ['global'],
  },
  {
    'a-all': { namespace: 'team-a' },
    'a-api': { namespace: 'team-a', hosts: ['api.a.com'], path: { prefix: '/v1' } },
    'a-api-kept': {
      namespace: 'team-a',
      hosts: ['api.a.com'],
      path: { prefix: '/v1/files' },
      encoded_slash: 'keep',
    },
    'a-api-params': {
      namespace: 'team-a',
      hosts: ['api.a.com'],
      path: { prefix: '/v1/odata' },
      path_parameters: 'keep',
    },
    'a-api-exact': { namespace: 'team-a', hosts: ['api.a.com'], path: { exact: '/v1/me' } },
    'a-wild': { namespace: 'team-a', hosts: ['*.a.com'], path: { prefix: '/wild' } },
    'a-jobs-api': { namespace: 'a-jobs', hosts: ['api.a.com'], path: { prefix: '/v1/jobs' } },
    // Claims hosts that others hold: of no effect there.
    'a-greedy': {
      namespace: 'team-a',
      hosts: ['*', 'b.a.com', 'web.a.com', 'b.com'],
      path: { prefix: '/greedy' },
    },
    'b-plain': { namespace: 'team-b', hosts: ['b.com'] },
    'web-all': { namespace: 'a-web', hosts: ['web.a.com'] },
    'g-one': { namespace: 'global', hosts: ['one.com'] },
    'open-any': { namespace: 'open', path: { exact: '/by-id' } },
  },
);

interface Options {
  readonly ext?: Readonly<Record<string, string>>;
  readonly metadata?: { namespace?: string; policies?: string[] };
  readonly serve?: string;
  readonly unmatched?: string;
}

function bind(host: string, path: string, { ext = {}, metadata, serve, unmatched }: Options = {}) {
  const request: BindableRequest = {
    host,
    path,
    contextExtensions: ext,
    routeMetadata: metadata && { namespace: metadata.namespace, policies: metadata.policies },
  };
  const settings = {
    serveNamespace: serve === undefined ? undefined : NamespaceId.parse(serve),
    unmatched: unmatched === undefined ? undefined : NamespaceId.parse(unmatched),
  };
  return matchRequest(request, PLACES.routes, PLACES.tree, settings);
}

/** `way namespace/route`, or the refusal. */
function boundTo(host: string, path: string, options?: Options): string {
  const found = bind(host, path, options);
  if ('refused' in found) return found.refused;
  return `${found.matchedBy} ${found.namespace.id}${found.route ? `/${found.route.id}` : ''}`;
}

describe('a registered route: by host, then by path', () => {
  const rows: [host: string, path: string, bound: string][] = [
    ['api.a.com', '/v1', 'route team-a/a-api'],
    ['API.A.COM.:8443', '/v1/x?y', 'route team-a/a-api'],
    ['api.a.com', '/v1/me', 'route team-a/a-api-exact'],
    ['api.a.com', '/v1/jobs/7', 'route a-jobs/a-jobs-api'],
    ['api.a.com', '/%761/jobs', 'route a-jobs/a-jobs-api'],
    // No path of the closer host matches: the wider ones are asked, the closest first.
    ['api.a.com', '/wild', 'route team-a/a-wild'],
    ['api.a.com', '/greedy', 'route team-a/a-greedy'],
    ['api.a.com', '/v10', 'route team-a/a-all'],
    ['a.com', '/wild', 'route team-a/a-all'],
    ['a.com', '/', 'route team-a/a-all'],
    // Held by others: routes of team-a do not hold there, whatever hosts they name.
    ['web.a.com', '/greedy', 'route a-web/web-all'],
    ['b.com', '/greedy', 'route team-b/b-plain'],
    ['b.a.com', '/greedy', 'route-not-found'],
    ['b.a.com', '/', 'route-not-found'],
    ['one.com', '/greedy', 'route global/g-one'],
    ['two.com', '/', 'route-not-found'],
    ['', '/', 'host-invalid'],
    ['a.com/..', '/', 'host-invalid'],
  ];
  for (const [host, path, bound] of rows)
    test(`${host}${path} is ${bound}`, () => assert.equal(boundTo(host, path), bound));
});

describe('a host that can not be read is refused before anything else, whatever Envoy may have read it as', () => {
  const hosts = [
    ...['', ':80', 'api.a.com:x', 'api.a.com:123456', 'api.a.com:65536', 'api.a.com:-1', 'api.a.com:80:80'],
    ...['api.a.com..', 'api.a.com ', '-', '::1', 'outbound|8080||svc', 'user@api.a.com', 'a'.repeat(5000)],
  ];
  const ways: [what: string, options: Options][] = [
    ['with nothing else said', {}],
    ['with unmatched', { unmatched: 'open' }],
    ['with serve.namespace', { serve: 'open' }],
    ['with a route id', { ext: { route_id: 'a-all' } }],
    ['with a namespace', { ext: { 'sallyport.namespace': 'team-a' } }],
    ['with a namespace in route metadata', { metadata: { namespace: 'team-b' } }],
  ];
  for (const [what, options] of ways)
    test(what, () => {
      for (const host of hosts) assert.equal(boundTo(host, '/', options), 'host-invalid', host);
    });
});

describe('where a path decides, one that can be read in two ways decides nothing', () => {
  const rows: [host: string, path: string, bound: string][] = [
    ['api.a.com', '/v1/../x', 'path-ambiguous'],
    ['api.a.com', '//v1', 'path-ambiguous'],
    ['api.a.com', '/v1/%2e%2e/', 'path-ambiguous'],
    ['api.a.com', '/v1;x', 'path-ambiguous'],
    ['api.a.com', '*', 'path-ambiguous'],
    ['api.a.com', '/v1/a%2fb', 'path-ambiguous'],
    ['api.a.com', '/v1/files/a%2fb', 'route team-a/a-api-kept'],
    ['api.a.com', '/v1/files/a%5cb', 'path-ambiguous'],
    ['api.a.com', '/v1/files/..%2fb', 'path-ambiguous'],
    ['api.a.com', '/v1/files%2fb', 'path-ambiguous'],
    ['api.a.com', '/v1/files/a;b', 'path-ambiguous'],
    ['api.a.com', '/v1/odata/a;b', 'route team-a/a-api-params'],
    ['api.a.com', '/v1/odata/a%3Bb', 'route team-a/a-api-params'],
    ['api.a.com', '/v1/odata/a;b%2fc', 'path-ambiguous'],
    ['api.a.com', '/v1/odata/..;/admin', 'path-ambiguous'],
    ['api.a.com', '/v1/odata;b', 'path-ambiguous'],
    ['api.a.com', '/%2f', 'path-ambiguous'],
    // On these hosts the path decides nothing.
    ['b.com', '/v1/../x', 'route team-b/b-plain'],
    ['b.com', '//a%2fb;%252f\\', 'route team-b/b-plain'],
    ['b.com', '*', 'route team-b/b-plain'],
    ['web.a.com', '', 'route a-web/web-all'],
  ];
  for (const [host, path, bound] of rows)
    test(`${host} ${JSON.stringify(path)} is ${bound}`, () => assert.equal(boundTo(host, path), bound));
});

describe('the route that Envoy names', () => {
  const rows: [what: string, host: string, options: Options, bound: string][] = [
    [
      'goes before what the host and path say',
      'api.a.com',
      { ext: { 'sallyport.route_id': 'a-all' } },
      'route-id team-a/a-all',
    ],
    ["may be named by Pomerium's word", 'api.a.com', { ext: { route_id: 'a-all' } }, 'route-id team-a/a-all'],
    [
      'by ours before theirs',
      'api.a.com',
      { ext: { route_id: 'g-one', 'sallyport.route_id': 'a-all' } },
      'route-id team-a/a-all',
    ],
    [
      'by ours before theirs, also where ours is unknown',
      'api.a.com',
      { ext: { route_id: 'a-all', 'sallyport.route_id': 'x' } },
      'route-not-found',
    ],
    [
      'is no route where it is unknown, with no fall-through',
      'api.a.com',
      { ext: { route_id: 'x' }, serve: 'open', unmatched: 'open' },
      'route-not-found',
    ],
    [
      'is no route where it is empty',
      'api.a.com',
      { ext: { route_id: '' }, unmatched: 'open' },
      'route-not-found',
    ],
    [
      'goes before a namespace',
      'api.a.com',
      { ext: { route_id: 'a-all', 'sallyport.namespace': 'open' }, metadata: { namespace: 'open' } },
      'route-id team-a/a-all',
    ],
    [
      'is no route on a host that it does not name',
      'x.a.com',
      { ext: { route_id: 'a-api' } },
      'route-not-found',
    ],
    [
      'is a route on a host that its pattern matches',
      'x.a.com',
      { ext: { route_id: 'a-wild' } },
      'route-id team-a/a-wild',
    ],
    [
      'is no route where its namespace does not hold the host',
      'b.com',
      { ext: { route_id: 'a-greedy' } },
      'route-not-found',
    ],
    [
      'nor where a namespace below holds the host',
      'web.a.com',
      { ext: { route_id: 'a-greedy' } },
      'route-not-found',
    ],
    [
      'nor where the namespace of the route shares no host with the one above',
      'a.com',
      { ext: { route_id: 'web-all' } },
      'route-not-found',
    ],
    [
      'without hosts is for those its namespace holds',
      'b.com',
      { ext: { route_id: 'a-all' } },
      'route-not-found',
    ],
    [
      'of a namespace without hosts shares those above it',
      'api.a.com',
      { ext: { route_id: 'a-jobs-api' } },
      'route-id a-jobs/a-jobs-api',
    ],
    ['needs a host', '', { ext: { route_id: 'a-all' } }, 'host-invalid'],
    [
      'without hosts may be named on a host that was granted to no namespace',
      'two.com',
      { ext: { route_id: 'a-all' } },
      'route-id team-a/a-all',
    ],
    [
      'with hosts may not, whatever they are',
      'two.com',
      { ext: { route_id: 'a-greedy' } },
      'route-not-found',
    ],
    [
      'of a namespace without hosts, and without its own, may be named on such a host',
      'two.com',
      { ext: { route_id: 'open-any' } },
      'route-id open/open-any',
    ],
    [
      'of a namespace without hosts is no route on a host of another',
      'api.a.com',
      { ext: { route_id: 'open-any' } },
      'route-not-found',
    ],
  ];
  for (const [what, host, options, bound] of rows)
    test(what, () => assert.equal(boundTo(host, '/any', options), bound));

  test('decides, and not the path, however it may be read', () =>
    assert.equal(boundTo('api.a.com', '//..;%2f', { ext: { route_id: 'a-api' } }), 'route-id team-a/a-api'));
});

describe('the namespace that Envoy names', () => {
  const rows: [what: string, host: string, options: Options, bound: string][] = [
    [
      'goes before a registered route',
      'api.a.com',
      { ext: { 'sallyport.namespace': 'team-b' } },
      'namespace team-b',
    ],
    ['may stand in route metadata', 'api.a.com', { metadata: { namespace: 'team-b' } }, 'namespace team-b'],
    [
      'with policies',
      'api.a.com',
      { metadata: { namespace: 'team-b', policies: ['p'] } },
      'namespace team-b',
    ],
    [
      'in context extensions before metadata',
      'x.com',
      { ext: { 'sallyport.namespace': 'team-a' }, metadata: { namespace: 'team-b' } },
      'namespace team-a',
    ],
    [
      'is no route where it is unknown',
      'api.a.com',
      { ext: { 'sallyport.namespace': 'x' }, unmatched: 'open' },
      'route-not-found',
    ],
    [
      'is no route where it is empty',
      'api.a.com',
      { ext: { 'sallyport.namespace': '' }, unmatched: 'open' },
      'route-not-found',
    ],
    [
      'is no route where metadata names an unknown one',
      'api.a.com',
      { metadata: { namespace: 'x' }, serve: 'open' },
      'route-not-found',
    ],
    [
      'is no route where metadata names policies alone',
      'api.a.com',
      { metadata: { policies: ['p'] }, serve: 'open' },
      'route-not-found',
    ],
    [
      'unknown in context extensions, whatever metadata says',
      'x.com',
      { ext: { 'sallyport.namespace': 'x' }, metadata: { namespace: 'team-b' } },
      'route-not-found',
    ],
    ['needs a host', '', { ext: { 'sallyport.namespace': 'team-a' } }, 'host-invalid'],
  ];
  for (const [what, host, options, bound] of rows)
    test(what, () => assert.equal(boundTo(host, '/v1', options), bound));

  test('its metadata may name policies in place of the default ones', () => {
    const policiesFor = (options: Options) => {
      const found = bind('x.com', '/', options);
      return 'refused' in found ? found.refused : found.policies;
    };
    assert.deepEqual(policiesFor({ metadata: { namespace: 'team-a', policies: ['p', 'q'] } }), ['p', 'q']);
    assert.deepEqual(policiesFor({ metadata: { namespace: 'team-a', policies: [] } }), []);
    assert.equal(policiesFor({ metadata: { namespace: 'team-a' } }), undefined);
    assert.equal(
      policiesFor({
        ext: { 'sallyport.namespace': 'team-a' },
        metadata: { namespace: 'team-b', policies: ['p'] },
      }),
      undefined,
    );
  });
});

describe('what nothing else claims', () => {
  const rows: [what: string, host: string, options: Options, bound: string][] = [
    ['is nobody’s', 'two.com', {}, 'route-not-found'],
    ['belongs to where the sidecar serves', 'two.com', { serve: 'team-b' }, 'serve-namespace team-b'],
    [
      'that goes before the unmatched',
      'two.com',
      { serve: 'team-b', unmatched: 'open' },
      'serve-namespace team-b',
    ],
    ['or to where the unmatched belong', 'two.com', { unmatched: 'open' }, 'unmatched open'],
    [
      'is nobody’s where the sidecar serves an unknown namespace',
      'two.com',
      { serve: 'x', unmatched: 'open' },
      'route-not-found',
    ],
    [
      'is nobody’s where the unmatched belong to an unknown namespace',
      'two.com',
      { unmatched: 'x' },
      'route-not-found',
    ],
    [
      'a registered route goes before both',
      'one.com',
      { serve: 'team-b', unmatched: 'open' },
      'route global/g-one',
    ],
    ['empty metadata claims nothing', 'one.com', { metadata: {} }, 'route global/g-one'],
  ];
  for (const [what, host, options, bound] of rows)
    test(`${what}: ${bound}`, () => assert.equal(boundTo(host, '/', options), bound));

  test('an ambiguous path does not fall through to them', () =>
    assert.equal(boundTo('api.a.com', '/v1/..', { serve: 'open', unmatched: 'open' }), 'path-ambiguous'));
});

describe("the assertion's audience is the host where the route or namespace names hosts that cover it", () => {
  const rows: [what: string, host: string, options: Options, audience: string | undefined][] = [
    ['a route that names the host', 'One.com:443', {}, 'one.com'],
    ['a route for any host, of a namespace that holds it by name', 'a.com', {}, 'a.com'],
    ['a route id that names the host', 'one.com', { ext: { route_id: 'g-one' } }, 'one.com'],
    [
      'a route id for any host, of a namespace that holds it by name',
      'x.a.com',
      { ext: { route_id: 'a-all' } },
      'x.a.com',
    ],
    ['a namespace that holds the host', 'x.a.com', { ext: { 'sallyport.namespace': 'team-a' } }, 'x.a.com'],
    ['one that shares it', 'x.a.com', { ext: { 'sallyport.namespace': 'a-jobs' } }, 'x.a.com'],
    ['another namespace', 'x.a.com', { ext: { 'sallyport.namespace': 'team-b' } }, undefined],
    [
      'a namespace above the one that holds it',
      'web.a.com',
      { ext: { 'sallyport.namespace': 'team-a' } },
      undefined,
    ],
    ['a host held by * alone', 'two.com', { ext: { 'sallyport.namespace': 'global' } }, undefined],
    ['the same for the unmatched', 'two.com', { unmatched: 'global' }, undefined],
    ['where the sidecar serves', 'b.a.com', { serve: 'team-b' }, 'b.a.com'],
  ];
  for (const [what, host, options, audience] of rows)
    test(`${what}: ${audience ?? 'none'}`, () => {
      const found = bind(host, '/', options);
      assert.ok(!('refused' in found));
      assert.equal(found.audience, audience);
    });

  test('a route for * is none that names the host', () => {
    const { tree, routes } = placesOf({}, { any: { namespace: 'global' } });
    const request = { host: 'x.com', path: '/', contextExtensions: {}, routeMetadata: undefined };
    const settings = { serveNamespace: undefined, unmatched: undefined };
    const found = matchRequest(request, routes, tree, settings);
    assert.ok(!('refused' in found) && found.route?.id === 'any' && found.audience === undefined);
  });
});

test('a refusal names the namespace that holds the host, for its enforcement', () => {
  const held = (host: string, path: string) => {
    const found = bind(host, path);
    return 'refused' in found ? found.namespace?.id : 'bound';
  };
  assert.equal(held('b.a.com', '/'), 'team-b');
  assert.equal(held('api.a.com', '//'), 'team-a');
  assert.equal(held('two.com', '/'), 'global');
  assert.equal(held('', '/'), undefined);
});

test('hosts that clients make up leave nothing behind that is not bounded', () => {
  const { routes } = PLACES;
  const long = `${'x'.repeat(1 << 20)}`;
  for (let n = 0; n < 200; n++) assert.equal(routes.host(`${long}${n}`), undefined);
  for (let n = 0; n < 25_000; n++) assert.equal(routes.host(`h${n}.a.com`)?.hostOwner.id, 'team-a');
  assert.equal(boundTo('api.a.com', '/v1'), 'route team-a/a-api');
});

test('property: a request never binds to a route of a namespace that does not hold its host, nor one above its holder', () => {
  const label = fc.constantFrom('a', 'b', 'web', 'api', 'one', 'com');
  const host = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'));
  const routeId = fc.constantFrom(
    'a-all',
    'a-api',
    'a-wild',
    'a-greedy',
    'a-jobs-api',
    'b-plain',
    'web-all',
    'g-one',
    'none',
  );
  const ext = fc.oneof(
    fc.constant({}),
    routeId.map((id) => ({ route_id: id })),
  );
  const path = fc.constantFrom('/', '/v1', '/v1/me', '/v1/jobs/1', '/wild', '/greedy/x', '/v1/files/a%2fb');
  fc.assert(
    fc.property(host, path, ext, (each, at, extensions) => {
      const found = bind(each, at, { ext: extensions });
      if ('refused' in found) return;
      const holder = PLACES.tree.hostOwnerOf(normalizeHost(each) ?? '');
      // Only a route without hosts, if Envoy names it, may be on hosts that were granted to no namespace.
      if (found.matchedBy !== 'route-id' || found.route?.hosts || holder.id !== 'global')
        assert.equal(found.namespace.hostOwner, holder);
      assert.ok(isWithin(found.namespace, holder));
    }),
    { numRuns: 3000 },
  );
});
