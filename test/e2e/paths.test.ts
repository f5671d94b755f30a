import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Envoy } from '../support/envoy.ts';
import { authorizationFilter, connectionManager, type YamlValue } from '../support/fill-envoy-config.ts';
import { call } from '../support/http-client.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { applyResources, type Written } from './apply-resources.ts';
import { removeSafeguards } from './envoy-modes.ts';
import { readingsOf } from './path-readings.ts';
import { sendRawHttp2 } from './raw-http2.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { sendServiceTo } from './sidecar-beside.ts';

/** `/admin` and what is below it is forbidden, each host has another way to say so; all else is for everybody. */
const HOSTS: Readonly<Record<string, readonly Written[]>> = {
  'deny-by-policy.named.localhost': [
    policy('not-admin', [
      { allow: { and: [{ accept: true }] } },
      { deny: { or: [{ http_path: { is: '/admin' } }, { http_path: { starts_with: '/admin/' } }] } },
    ]),
    route('deny-by-policy', ['not-admin']),
  ],
  'allow-by-policy.named.localhost': [
    policy('public-only', {
      allow: { or: [{ http_path: { starts_with: '/public/' } }, { http_path: { in: ['/', '/ADMIN'] } }] },
    }),
    route('allow-by-policy', ['public-only']),
  ],
  'prefix.named.localhost': [
    route('prefix-all', ['everyone'], { prefix: '/' }, 'prefix'),
    route('prefix-admin', ['nobody'], { prefix: '/admin' }, 'prefix'),
  ],
  'any.named.localhost': [
    // The same, but that the rest is not said by its path.
    route('any-all', ['everyone'], undefined, 'any'),
    route('any-admin', ['nobody'], { prefix: '/admin' }, 'any'),
  ],
  'exact.named.localhost': [
    route('exact-public', ['everyone'], undefined, 'exact'),
    route('exact-admin', ['nobody'], { exact: '/admin' }, 'exact'),
    route('exact-below', ['nobody'], { regex: '/admin/.*' }, 'exact'),
  ],
  'regex.named.localhost': [
    route('regex-public', ['everyone'], { prefix: '/' }, 'regex'),
    route('regex-admin', ['nobody'], { prefix: '/admin' }, 'regex'),
    route('regex-keep', ['everyone'], { regex: '/public/[a-z]+' }, 'regex'),
  ],
};

function policy(id: string, ppl: unknown): Written {
  return { kind: 'Policy', id, namespace: 'team-a', ppl };
}

function route(id: string, policies: string[], path?: object, host = id): Written {
  return {
    kind: 'Route',
    id,
    namespace: 'team-a',
    hosts: [`${host}.named.localhost`],
    policies,
    ...(path && { path }),
  };
}

/** Request targets; a character is a byte. Each might be /admin to somebody, or is like one that is. */
const TARGETS: readonly string[] = [
  ...['/admin', '/admin/', '/admin/x', '/ADMIN', '/Admin', '/admin?x', '/admin#x', '/admin?/../public/'],
  // Encoded letters, in either case of the digits, and twice.
  ...[
    '/%61dmin',
    '/%61%64%6d%69%6e',
    '/%61%64%6D%69%6E',
    '/admi%6E',
    '/%2561dmin',
    '/%25%36%31dmin',
    '/%252561dmin',
  ],
  // Encoded slashes.
  ...[
    '/%2Fadmin',
    '/%2fadmin',
    '%2Fadmin',
    '/admin%2Fx',
    '/admin%2fx',
    '/public%2f..%2fadmin',
    '/public%252f..%252fadmin',
  ],
  // Dot segments.
  ...[
    '/a/../admin',
    '/public/../admin',
    '/./admin',
    '/admin/.',
    '/admin/./x',
    '/public/../../admin',
    '/../admin',
  ],
  ...[
    '/public/%2e%2e/admin',
    '/public/%2E%2e/admin',
    '/public/.%2e/admin',
    '/public/%2e./admin',
    '/%2e/admin',
  ],
  ...[
    '/public/%252e%252e/admin',
    '/public/..%2fadmin',
    '/public/..%5cadmin',
    '/public/..;/admin',
    '/public/..;x=1/admin',
  ],
  ...[
    '/public/x/..//../admin',
    '/public/.../../../admin',
    '/..admin',
    '/public/..admin',
    '/admin/../public/',
  ],
  // Empty segments.
  ...['//admin', '///admin', '/public//../admin', '/admin//x', '//public/../admin', '/public/..//admin'],
  // Parameters.
  ...[
    '/admin;x',
    '/admin;',
    '/admin;x=1/y',
    '/;/admin',
    '/;x/admin',
    '/public/;/../admin',
    '/admin%3bx',
    '/admin%3Bx',
  ],
  // Backslashes.
  ...[
    '\\admin',
    '/\\admin',
    '/public\\..\\admin',
    '/public\\../admin',
    '/%5cadmin',
    '/%5Cadmin',
    '/public/..%5c../admin',
  ],
  ...['/%255cadmin', '/admin\\x', '/admin%5cx'],
  // Queries and fragments, encoded and plain, in odd places.
  ...['/public/?/../../admin', '/public/%3f/../../admin', '/public/#/../../admin', '/public/%23/../../admin'],
  ...['/admin%3fx', '/admin%23x', '/#/../admin', '?/admin', '#/admin', '/admin%', '/public/%/../../admin'],
  // Encodings that are none.
  ...[
    '%',
    '/%',
    '/%6',
    '/%zzadmin',
    '/%u0061dmin',
    '/public/%u002e%u002e/admin',
    '/public%u002f..%u002fadmin',
    '/%+61dmin',
  ],
  // UTF-8 in more bytes than it takes, and bytes that are no UTF-8.
  ...[
    '/public/%c0%ae%c0%ae/admin',
    '/public%c0%af..%c0%afadmin',
    '/%e0%81%a1dmin',
    '/%c1%a1dmin',
    '/public/%e0%80%ae./admin',
  ],
  ...[
    '/public/\xc0\xae\xc0\xae/admin',
    '/\xc1\xa1dmin',
    '/admin\xff',
    '/admin/\xff',
    '/admin%ff',
    '/\xe9/../admin',
    '/admin%c3%a9',
  ],
  // Look-alikes.
  ...['/%ef%bd%81dmin', '/public%ef%bc%8f..%ef%bc%8fadmin', '/admi%C4%B1n', '/a\u00addmin'],
  // NUL, control bytes and spaces.
  ...[
    '/admin\0',
    '/admin%00',
    '/admin%00.png',
    '/%00admin',
    '/admin\x01',
    '/admin%01',
    '/admin%0a',
    '/admin%0d%0ax',
    '/admin%7f',
  ],
  ...[
    '/admin\x7f',
    '/admin\t',
    '/admin%09',
    '/admin ',
    '/admin%20',
    '/%20admin',
    ' /admin',
    '/adm in',
    '/admin%20/x',
    '/\tadmin',
  ],
  // What some file systems and frameworks drop.
  ...[
    '/admin.',
    '/admin..',
    '/admin%2e',
    '/admin./x',
    '/admin.json',
    '/admin::$DATA',
    '/admin~',
    '/admin`',
    '/admin/`',
    '/`admin',
    '/admin+',
  ],
  ...[
    '/admin,x',
    '/admin:80',
    '/admin@x',
    '/admin|x',
    '/admin^',
    '/admin"',
    "/admin'",
    '/admin<x>',
    '/{admin}',
    '/[admin]',
  ],
  // Other forms of the request target.
  ...['*', '', 'admin', './admin', 'public/../admin', ':80/admin'],
  // Very long.
  `/public/${'x'.repeat(30_000)}/../../admin`,
  `/${'./'.repeat(5000)}admin`,
  `/${'%2e/'.repeat(2000)}admin`,
  `/${'a/'.repeat(3000)}${'../'.repeat(3000)}admin`,
  `${'/'.repeat(10_000)}admin`,
  `/admin/${'x'.repeat(30_000)}`,
];

/** In absolute form the target says its host too. */
const absolute = (host: string, path: string) => [
  `http://${host}${path}`,
  `HTTP://${host.toUpperCase()}${path}`,
  `http://${host}:80${path}`,
  `http://other.example.com@${host}${path}`,
];

function isForbidden(host: string, path: string): boolean {
  if (host === 'allow-by-policy.named.localhost')
    return path !== '' && path !== '/' && path !== '/ADMIN' && !path.startsWith('/public/');
  return path === '/admin' || path.startsWith('/admin/');
}

let stack: Stack;
let upstream: RawUpstream;
const envoys = new Map<string, Envoy>();
before(async () => {
  stack = await startStack();
  upstream = await startRawUpstream();
  await applyResources(stack.sidecar, ...Object.values(HOSTS).flat());
  for (const [mode, edit] of Object.entries(ENVOYS))
    envoys.set(
      mode,
      await stack.addEnvoy(mode.replaceAll(/\W+/g, '-'), (config) => {
        edit(config);
        // Envoy would else wait a second before it closes the connection of what is no HTTP.
        Object.assign(connectionManager(config), { delayed_close_timeout: '0s' });
        sendServiceTo(config, upstream.port);
      }),
    );
});
after(async () => {
  await stack.stop();
  await upstream.close();
});

const ENVOYS: Readonly<Record<string, (config: YamlValue) => void>> = {
  'envoy.yaml': () => {},
  'an Envoy that normalizes nothing': takeAsItComes,
  'an Envoy that normalizes nothing and joins headers': (config) => {
    takeAsItComes(config);
    delete authorizationFilter(config).encode_raw_headers;
  },
  'an Envoy that unescapes slashes': (config) => {
    takeAsItComes(config);
    Object.assign(connectionManager(config), {
      normalize_path: true,
      path_with_escaped_slashes_action: 'UNESCAPE_AND_FORWARD',
    });
  },
};

function takeAsItComes(config: YamlValue): void {
  removeSafeguards(config);
  const manager = connectionManager(config);
  Object.assign(manager, { normalize_path: false });
  // Whatever Envoy itself can take, and targets that begin with no slash.
  const routes = manager.route_config?.virtual_hosts?.[0]?.routes?.filter(
    (each) => each.match?.prefix !== undefined,
  );
  for (const each of routes ?? []) Object.assign(each.match ?? {}, { prefix: '' });
  Object.assign(manager.route_config?.virtual_hosts?.[0] ?? {}, { routes });
}

let sent = 0;

/** What the service received, or undefined; whatever it is, nobody may read it as a path that is forbidden there. */
async function assertNotGotAround(
  host: string,
  target: string,
  send: (name: string) => Promise<unknown>,
): Promise<string | undefined> {
  sent += 1;
  const name = `case-${sent}`;
  await send(name);
  const received = upstream.targetOf(name)?.toString('latin1');
  if (received === undefined) return undefined;
  const forbidden = [...readingsOf(received)].filter((path) => isForbidden(host, path));
  assert.deepEqual(
    forbidden,
    [],
    `${host}: ${JSON.stringify(target.slice(0, 200))} arrived as ${JSON.stringify(received.slice(0, 200))}`,
  );
  return received;
}

/** Envoy closes the connection on what is no HTTP. */
async function sendHttp1(
  port: number,
  host: string,
  target: string,
  name: string,
  method = 'GET',
): Promise<void> {
  const headers = [['x-case', name]] as const;
  await call(port, { host, path: target, method, headers }).catch((error: Error) => {
    if (!/closed|ECONNRESET|EPIPE/.test(error.message)) throw error;
  });
}

function sendHttp2(port: number, host: string, target: string, name: string): Promise<void> {
  return sendRawHttp2(port, [
    [':method', 'GET'],
    [':scheme', 'http'],
    [':authority', host],
    [':path', target],
    ['x-case', name],
  ]);
}

for (const mode of Object.keys(ENVOYS)) {
  for (const host of Object.keys(HOSTS)) {
    test(`no way around ${host}: ${mode}`, async () => {
      const port = envoys.get(mode)?.ports.http ?? 0;
      const arrived = new Set<string>();
      const attempt = async (target: string, send: typeof sendHttp1 | typeof sendHttp2) => {
        const received = await assertNotGotAround(host, target, (name) => send(port, host, target, name));
        if (received !== undefined) arrived.add(target);
      };
      const http1 = [...TARGETS, ...TARGETS.slice(0, 60).flatMap((target) => absolute(host, target))];
      await inTurns(http1, (target) => attempt(target, sendHttp1));
      await inTurns(TARGETS, (target) => attempt(target, sendHttp2));
      await inTurns(['*', '/admin', `${host}:80`], async (target) => {
        for (const method of ['OPTIONS', 'CONNECT', 'TRACE', 'admin'])
          await assertNotGotAround(host, target, (name) => sendHttp1(port, host, target, name, method));
      });
      // Else nothing would have been tried.
      assert.ok(arrived.has('/ADMIN'), [...arrived].join(' '));
      assert.ok(!arrived.has('/admin'));
    });
  }
}

test('plain paths do get through', async () => {
  for (const [mode, { ports }] of envoys)
    for (const host of Object.keys(HOSTS))
      for (const target of ['/', '/public/a', '/public/%61?b=%2F..', '/public/a.b~c'])
        assert.ok(
          await assertNotGotAround(host, target, (name) => sendHttp1(ports.http, host, target, name)),
          `${mode}, ${host}: ${target}`,
        );
});

/** Eight at a time. */
async function inTurns<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const work = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: 8 }, work));
}
