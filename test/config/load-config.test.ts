import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import type { Config } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import { configForPrinting } from '../../src/config/config-for-printing.ts';
import { type ConfigSources, loadConfig } from '../../src/config/load-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-config-'));
after(() => rmSync(folder, { recursive: true }));

const SECRET = Buffer.alloc(32, 7).toString('base64');

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function load(yaml: string | Buffer, sources: ConfigSources = {}): Config {
  return loadConfig({ file: write('sallyport.yaml', yaml), env: {}, cwd: folder, ...sources });
}

function mistakesOf(act: () => unknown): ConfigError['mistakes'] {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes;
    throw error;
  }
  return [];
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
}
for (const name of ['one', 'two'])
  openssl(
    ...`req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ${name}.key -out ${name}.crt -subj /CN=${name} -days 2`.split(
      ' ',
    ),
  );
write('secret', `${SECRET}\n`);
write('short-secret', 'c2hvcnQ=');
write('huge', Buffer.alloc(2 * 1024 * 1024, 'a'));
write('not.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');

describe('a configuration without mistakes', () => {
  it('is complete without any file, listening on loopback only', () => {
    const empty = mkdtempSync(join(folder, 'empty-'));
    const config = loadConfig({ env: {}, cwd: empty });
    assert.deepEqual(configForPrinting(config), {
      listen: [{ address: '127.0.0.1:9191', insecure: false, mode: '0660' }],
      http: { listen: { address: '127.0.0.1:9192', insecure: false, mode: '0660' } },
      admin: {
        listen: { address: '127.0.0.1:9193', insecure: false, mode: '0660' },
        session: { lifetime: '12h', idle: '1h' },
      },
      store: { embedded: { path: join(empty, 'data') }, max_staleness: '1m' },
      issuer: 'sallyport',
      audience: { mesh: 'sallyport', admin: 'sallyport/admin' },
      keys: {
        credential: join(empty, 'data/keys/credential.jwks.json'),
        verification: [],
        assertion: join(empty, 'data/keys/assertion.jwks.json'),
        algorithm: 'EdDSA',
      },
      assertion: { lifetime: '5m', claim_headers: [], max_bytes: 8192 },
      tokens: { clock_tolerance: '0s', cache_size: 15_000 },
      unmatched: 'deny',
      serve: {},
      source_ip: 'peer',
      client_certificates: 'required',
      enforcement: 'enforce',
      check_timeout: '200ms',
      drain_delay: '0s',
      shutdown_grace: '10s',
      max_connection_age_grace: '10s',
      realm: 'sallyport',
      log: { level: 'info', decisions: 'all' },
      decisions: { sample: 1, keep: 10_000 },
      directory: { reserved: [] },
      cache: { credentials: 15_000, accounts: 15_000, directory_users: 5_000 },
    });
  });

  it('takes every form of address', () => {
    const config = load(`
listen:
  - 127.0.0.1:0
  - localhost:9001
  - "[::1]:9001"
  - unix:/run/check.sock
  - { address: unix:/run/other.sock, mode: "0600" }
  - { address: 0.0.0.0:9003, insecure: true }
  - { address: "[::]:9004", tls: { cert: one.crt, key: one.key, client_ca: two.crt, allowed_clients: [envoy.mesh, spiffe://mesh/envoy] } }
http: { listen: off }
admin: { listen: "off" }`);
    assert.equal(config.http.listen, undefined);
    assert.equal(config.admin.listen, undefined);
    assert.deepEqual(
      config.listen.map(({ address }) =>
        address.kind === 'tcp' ? [address.host, address.port] : address.path,
      ),
      [
        ['127.0.0.1', 0],
        ['localhost', 9001],
        ['::1', 9001],
        '/run/check.sock',
        '/run/other.sock',
        ['0.0.0.0', 9003],
        ['::', 9004],
      ],
    );
    assert.deepEqual(config.listen[6]?.tls, {
      cert: join(folder, 'one.crt'),
      key: join(folder, 'one.key'),
      clientCa: join(folder, 'two.crt'),
      allowedClients: ['envoy.mesh', 'spiffe://mesh/envoy'],
    });
    assert.equal(config.listen[3]?.mode, 0o660);
    assert.equal(config.listen[4]?.mode, 0o600);
  });

  it('turns a listener off by the text alone, in file, variable and flag', () => {
    const off = (sources: Omit<ConfigSources, 'file' | 'cwd'>) => load('realm: mesh', sources).http.listen;
    assert.equal(off({ flags: { 'http.listen': 'off' } }), undefined);
    assert.equal(off({ env: { SALLYPORT_HTTP__LISTEN: 'off' } }), undefined);
    for (const text of ['false', 'null']) {
      const problem = /expected a value, or "off" in quotes .* Helm/;
      assert.throws(() => load(`admin: { listen: ${text} }`), { message: problem });
    }
    assert.throws(() => off({ flags: { 'http.listen': 'false' } }), { message: /"off" in quotes/ });
    // The other setting that may be off.
    assert.throws(
      () => load('keys: { credential: false }'),
      /keys\.credential: expected a value, or "off" in quotes .* Helm/,
    );
  });

  it('accepts key files of the group root by keys.allow_group: 0 alone', () => {
    assert.equal(load('realm: mesh').keys.allowGroup, undefined);
    assert.equal(load('keys: { allow_group: 0 }').keys.allowGroup, 0);
    for (const value of ['1000', 'true', '"0"'])
      assert.throws(() => load(`keys: { allow_group: ${value} }`), /keys\.allow_group: expected 0/);
  });

  it('tells a sidecar of a shared store which settings are for its admin server', () => {
    const redis = 'store: { redis: { url: "redis://r" } }\nkeys: { verification: [public.json]';
    const sidecar = (text: string) => load(text, { verb: 'serve' });
    assert.ok(sidecar(`${redis} }`).store.redis);
    assert.ok(sidecar(`${redis}, credential: off }\nadmin: { listen: "off" }`).store.redis);
    assert.throws(() => sidecar(`${redis} }\nadmin: { listen: 127.0.0.1:9192 }`), {
      message: /admin\.listen.*http\.listen/,
    });
    assert.throws(() => sidecar(`${redis}, credential: key.json }`), {
      message: /keys\.credential.*keys\.verification/,
    });
    assert.throws(() => sidecar('store: { redis: { url: "redis://r" } }'), { message: /keys\.verification/ });
    const admin = load(`${redis}, credential: key.json }\nadmin: { listen: 127.0.0.1:9192 }`, {
      verb: 'admin',
    });
    assert.ok(admin.admin.listen);
  });

  it('takes no address twice that one process would listen on, and names the setting that has it', () => {
    const tls = 'tls: { cert: one.crt, key: one.key, client_ca: one.crt, allowed_clients: [a] }';
    const told = (text: string) => {
      try {
        load(text, { verb: 'serve' });
        return '';
      } catch (error) {
        return error instanceof ConfigError
          ? error.mistakes.map(({ path, message }) => `${path}: ${message}`).join()
          : error;
      }
    };
    const taken = 'expected an address of its own: http.listen is 127.0.0.1:9192';
    assert.equal(told('admin: { listen: 127.0.0.1:9192 }'), `admin.listen: ${taken}`);
    assert.equal(told(`admin: { listen: { address: "0.0.0.0:9192", ${tls} } }`), `admin.listen: ${taken}`);
    assert.equal(told(`admin: { listen: { address: "[::]:9192", ${tls} } }`), `admin.listen: ${taken}`);
    assert.match(String(told('listen: ["127.0.0.1:9193"]')), /^admin\.listen: /);
    assert.match(String(told('listen: ["127.0.0.1:9192"]')), /^http\.listen: .* listen\[0\]\.address is /);
    assert.match(
      String(told('http: { listen: "unix:/a" }\nadmin: { listen: "unix:/a" }')),
      /^admin\.listen: /,
    );
    for (const good of [
      'admin: { listen: 127.0.0.1:9192 }\nhttp: { listen: 127.0.0.1:9193 }',
      'admin: { listen: 127.0.0.2:9192 }',
      'admin: { listen: 127.0.0.1:9192 }\nhttp: { listen: "off" }',
      'admin: { listen: 127.0.0.1:0 }\nhttp: { listen: 127.0.0.1:0 }',
      'store: { redis: { url: "redis://r" } }\nkeys: { verification: [public.json] }\nhttp: { listen: 127.0.0.1:9193 }',
    ])
      assert.equal(told(good), '', good);
    // The verbs that listen nowhere, and an admin server, have no use for what is only there by default.
    for (const verb of [undefined, 'admin'] as const)
      assert.ok(load('admin: { listen: 127.0.0.1:9192 }', { verb }).admin.listen);
  });

  it('lets variables win over the file, and flags over variables', () => {
    const config = load('check_timeout: 1s\nrealm: file\nissuer: file\nstore: { max_staleness: 5s }', {
      env: {
        SALLYPORT_REALM: 'variable',
        SALLYPORT_ISSUER: 'variable',
        SALLYPORT_STORE__MAX_STALENESS: '30s',
      },
      flags: { issuer: 'flag' },
    });
    assert.deepEqual(
      [config.checkTimeoutMs, config.realm, config.issuer, config.store.maxStalenessMs],
      [1000, 'variable', 'flag', 30_000],
    );
  });

  it('reads lists, maps, numbers and switches from variables, and text as it stands', () => {
    const { listen, cache, realm, assertion, admin, audience } = load(
      'audience: team\nadmin: { listen: 0.0.0.0:0 }',
      {
        env: {
          SALLYPORT_LISTEN: '["127.0.0.1:9000"]',
          SALLYPORT_CACHE: '{accounts: 5}',
          SALLYPORT_CACHE__CREDENTIALS: '7',
          SALLYPORT_REALM: '0123 # not a comment',
          SALLYPORT_ASSERTION__CLAIM_HEADERS__EMAIL: 'email',
          SALLYPORT_ADMIN__LISTEN__INSECURE: 'true',
          SALLYPORT_AUDIENCE__ADMIN: 'console',
        },
      },
    );
    assert.deepEqual(listen[0]?.address, { kind: 'tcp', host: '127.0.0.1', port: 9000 });
    assert.deepEqual(cache, { credentials: 7, accounts: 5, directoryUsers: 5_000 });
    assert.equal(realm, '0123 # not a comment');
    assert.deepEqual(assertion.claimHeaders, [{ header: 'x-pomerium-claim-email', claim: 'email' }]);
    assert.equal(admin.listen?.insecure, true);
    assert.deepEqual(audience, { mesh: 'team', admin: 'console' });
  });

  it('finds its file by the flag, else by SALLYPORT_CONFIG, else by its usual name', () => {
    const elsewhere = mkdtempSync(join(folder, 'cwd-'));
    writeFileSync(join(elsewhere, 'sallyport.yaml'), 'realm: usual');
    const named = write('named.yaml', 'realm: named');
    const flagged = write('flagged.yaml', 'realm: flagged');
    const realm = (sources: ConfigSources) => loadConfig({ env: {}, cwd: elsewhere, ...sources }).realm;
    assert.equal(realm({}), 'usual');
    assert.equal(realm({ env: { SALLYPORT_CONFIG: named } }), 'named');
    assert.equal(realm({ env: { SALLYPORT_CONFIG: named }, file: flagged }), 'flagged');
  });

  it("counts relative paths of the file from the file's folder, and of variables from the working directory", () => {
    const file = write(
      'paths.yaml',
      'store: { embedded: { path: db } }\nkeys: { verification: [public.json] }',
    );
    const config = loadConfig({ file, env: { SALLYPORT_KEYS__ASSERTION: 'a.json' }, cwd: '/srv' });
    assert.equal(config.store.embedded.path, join(folder, 'db'));
    assert.equal(config.keys.credential, join(folder, 'db/keys/credential.jwks.json'));
    assert.equal(config.keys.assertion, '/srv/a.json');
    assert.deepEqual(config.keys.verification, [join(folder, 'public.json')]);
  });

  it('takes a heading whose keys are all commented out as left out', () => {
    assert.equal(load('store:\n  embedded:\npomerium:\n').pomerium, undefined);
  });

  it('leaves the variables alone that Kubernetes sets for a Service called sallyport', () => {
    const config = load('', {
      env: {
        SALLYPORT_SERVICE_HOST: '10.0.0.7',
        SALLYPORT_SERVICE_PORT: '9191',
        SALLYPORT_SERVICE_PORT_GRPC: '9191',
        SALLYPORT_PORT: 'tcp://10.0.0.7:9191',
        SALLYPORT_PORT_9191_TCP_ADDR: '10.0.0.7',
        SALLYPORT_ADMIN_SERVICE_HOST: '10.0.0.8',
        SALLYPORT_ADMIN_PORT_9192_TCP: 'tcp://10.0.0.8:9192',
        SALLYPORT_TOKEN: 'for the command line',
        SALLYPORTER: 'somebody else',
      },
    });
    assert.equal(config.realm, 'sallyport');
  });

  it('reads the shared secret from a file, less one line end', () => {
    const { pomerium } = load(
      'pomerium: { shared_secret_file: secret, accept_until: "2030-01-01T00:00:00+01:00" }',
    );
    assert.deepEqual(Buffer.from(pomerium?.sharedSecret.reveal() ?? []), Buffer.alloc(32, 7));
    assert.equal(pomerium?.acceptUntil, '2029-12-31T23:00:00.000Z');
  });

  it('can not be changed', () => {
    const config = load('');
    assert.throws(() => Object.assign(config.audience, { mesh: 'other' }), TypeError);
    assert.throws(() => Object.assign(config.listen[0] ?? {}, { insecure: true }), TypeError);
  });

  it('shows its secrets in no printed form', () => {
    const config = load(`pomerium: { shared_secret: ${SECRET} }`);
    const secret = config.pomerium?.sharedSecret;
    const printed = [
      inspect(config, { depth: 9, showHidden: true }),
      JSON.stringify(config),
      `${secret}`,
      JSON.stringify(configForPrinting(config)),
    ];
    for (const text of printed) {
      assert.match(text, /\[secret\]/);
      assert.ok(
        !text.includes(SECRET) && !text.includes('7, 7') && !text.includes('07 07') && !text.includes('0707'),
        text,
      );
    }
  });
});

describe('a store in Redis', () => {
  const printed = (yaml: string) => {
    const { store } = JSON.parse(JSON.stringify(configForPrinting(load(yaml))));
    return store.redis;
  };

  it('has its own defaults, and shows no password', () => {
    const shown = printed('store: { redis: { url: "rediss://r", username: u, password: hunter2 } }');
    assert.deepEqual(shown, {
      url: 'rediss://r:6379',
      tls: {},
      username: 'u',
      password: '[secret]',
      prefix: 'sallyport',
      command_timeout: '150ms',
      transfer_timeout: '5s',
      wait_replicas: 0,
      wait_timeout: '1s',
      min_replicas_to_write: 1,
      log_length: 100_000,
    });
    assert.equal(load('').store.redis, undefined);
  });

  it('may be watched by Sentinels, or be a Cluster', () => {
    const { sentinel } = printed(
      'store: { redis: { sentinel: { name: m, nodes: ["s1:26379", "[::1]:26379"], password_file: secret } } }',
    );
    assert.deepEqual(sentinel, {
      name: 'm',
      nodes: ['s1:26379', '[::1]:26379'],
      password: '[secret]',
      password_file: join(folder, 'secret'),
    });
    const { cluster } = printed('store: { redis: { cluster: { nodes: ["10.0.0.7:6379"] } } }');
    assert.deepEqual(cluster, { nodes: ['10.0.0.7:6379'] });
  });

  it('takes its password from a file, without the line’s end', () => {
    const { store } = load('store: { redis: { url: "redis://r", password_file: secret } }');
    assert.equal(Buffer.from(store.redis?.password?.reveal() ?? []).toString(), SECRET);
  });
});

const NOT_LOCAL = '{ address: 10.0.0.1:9000';
const TLS = 'cert: one.crt, key: one.key';
/** A configuration, and the path of each mistake in it. */
const MISTAKES: readonly (readonly [yaml: string, ...paths: string[]])[] = [
  ['listn: []', 'listn'],
  ['store: { embeded: {} }', 'store.embeded'],
  ['store: { embedded: { path: x, file: y } }', 'store.embedded.file'],
  ['max_staleness: 5s', 'max_staleness'],
  ['listen: 127.0.0.1:9000', 'listen'],
  ['listen: []', 'listen'],
  ['listen:', 'listen'],
  ['listen: [9000]', 'listen[0]'],
  ['listen: [":9000"]', 'listen[0].address'],
  ['listen: ["*:9000"]', 'listen[0].address'],
  ['listen: ["example.com:9000"]', 'listen[0].address'],
  ['listen: ["::1:9000"]', 'listen[0].address'],
  ['listen: ["127.0.0.1"]', 'listen[0].address'],
  ['listen: ["127.0.0.1:65536"]', 'listen[0].address'],
  ['listen: ["unix:relative.sock"]', 'listen[0].address'],
  [`listen: ["unix:/${'x'.repeat(107)}"]`, 'listen[0].address'],
  ['listen: [{}]', 'listen[0].address'],
  ['listen: ["0.0.0.0:9000"]', 'listen[0].tls'],
  ['listen: ["[::]:9000"]', 'listen[0].tls'],
  ['listen: ["[::ffff:10.0.0.1]:9000"]', 'listen[0].tls'],
  [`listen: [${NOT_LOCAL}, insecure: false }]`, 'listen[0].tls'],
  [`listen: [${NOT_LOCAL}, insecure: "yes" }]`, 'listen[0].insecure'],
  [`listen: [${NOT_LOCAL}, tls: { ${TLS} } }]`, 'listen[0].tls.client_ca'],
  [`listen: [${NOT_LOCAL}, tls: { ${TLS}, client_ca: two.crt } }]`, 'listen[0].tls.allowed_clients'],
  [
    `listen: [${NOT_LOCAL}, tls: { ${TLS}, client_ca: two.crt, allowed_clients: [] } }]`,
    'listen[0].tls.allowed_clients',
  ],
  [
    `listen: [${NOT_LOCAL}, tls: { ${TLS}, client_ca: two.crt, allowed_clients: ["*.mesh"] } }]`,
    'listen[0].tls.allowed_clients[0]',
  ],
  [`listen: [${NOT_LOCAL}, tls: { ${TLS}, allowed_clients: [a] } }]`, 'listen[0].tls.client_ca'],
  [
    `listen: [{ address: 127.0.0.1:1, tls: { ${TLS}, client_ca: two.crt } }]`,
    'listen[0].tls.allowed_clients',
  ],
  ['listen: [{ address: 127.0.0.1:1, tls: { cert: one.crt } }]', 'listen[0].tls.key'],
  ['listen: [{ address: 127.0.0.1:1, tls: { cert: one.crt, key: two.key } }]', 'listen[0].tls.key'],
  [
    'listen: [{ address: 127.0.0.1:1, tls: { cert: no.crt, key: no.key } }]',
    'listen[0].tls.cert',
    'listen[0].tls.key',
  ],
  [
    'listen: [{ address: 127.0.0.1:1, tls: { cert: not.pem, key: one.crt } }]',
    'listen[0].tls.cert',
    'listen[0].tls.key',
  ],
  [`listen: [{ address: unix:/a.sock, tls: { ${TLS} } }]`, 'listen[0].tls'],
  ['listen: [{ address: 127.0.0.1:1, mode: "0660" }]', 'listen[0].mode'],
  ['listen: [{ address: unix:/a.sock, mode: 660 }]', 'listen[0].mode'],
  ['listen: [{ address: unix:/a.sock, mode: "0888" }]', 'listen[0].mode'],
  ['listen: [{ address: unix:/a.sock, mode: "0666" }]', 'listen[0].mode'],
  ['listen: ["127.0.0.1:9000", "127.0.0.1:9000"]', 'listen[1].address'],
  ['http: { listen: "0.0.0.0:9192" }', 'http.listen.tls'],
  ['admin: { listen: "0.0.0.0:9192" }', 'admin.listen.tls'],
  ['admin: { listen: [] }', 'admin.listen'],
  ['admin: { listen: }', 'admin.listen'],
  ['http: { listen: false }', 'http.listen'],
  ['http: { listen: null }', 'http.listen'],
  ['admin: { port: 1 }', 'admin.port'],
  ['admin: on', 'admin'],
  ['store: { redis: x }', 'store.redis'],
  ['store: { redis: {} }', 'store.redis'],
  ['store: { redis: { url: "redis://:hunter2@r" } }', 'store.redis.url'],
  ['store: { redis: { url: "redis://r/2" } }', 'store.redis.url'],
  ['store: { redis: { url: x }, embedded: { path: x } }', 'store.embedded', 'store.redis.url'],
  ['store: { redis: { url: "redis://r", cluster: { nodes: ["r:1"] } } }', 'store.redis'],
  ['store: { redis: { url: "redis://r", tls: {} } }', 'store.redis.url'],
  ['store: { redis: { url: "rediss://r", tls: { ca: missing } } }', 'store.redis.tls.ca'],
  ['store: { redis: { url: "rediss://r", tls: { cert: one.crt } } }', 'store.redis.tls'],
  ['store: { redis: { url: "rediss://r", tls: { cert: one.crt, key: two.key } } }', 'store.redis.tls.key'],
  ['store: { redis: { sentinel: { name: m, nodes: ["r"] } } }', 'store.redis.sentinel.nodes[0]'],
  ['store: { redis: { sentinel: { nodes: ["r:1"] } } }', 'store.redis.sentinel.name'],
  ['store: { redis: { cluster: { nodes: [] } } }', 'store.redis.cluster.nodes'],
  ['store: { redis: { url: "redis://r", username: u } }', 'store.redis.password_file'],
  ['store: { redis: { url: "redis://r", password_file: missing } }', 'store.redis.password_file'],
  [
    'store: { redis: { url: "redis://r", password: hunter2, password_file: secret } }',
    'store.redis.password_file',
  ],
  ['store: { redis: { url: "redis://r", prefix: "{a}" } }', 'store.redis.prefix'],
  ['store: { redis: { url: "redis://r", command_timeout: 200ms } }', 'store.redis.command_timeout'],
  ['store: { redis: { url: "redis://r" }, embedded: { path: x } }', 'store.embedded'],
  ['store: { embedded: { path: "" } }', 'store.embedded.path'],
  ['store: { max_staleness: 60 }', 'store.max_staleness'],
  ['store: { max_staleness: 2h }', 'store.max_staleness'],
  ['store: { max_staleness: 0s }', 'store.max_staleness'],
  ['issuer: ""', 'issuer'],
  ['issuer:', 'issuer'],
  ['issuer: "two words"', 'issuer'],
  ['audience: ""', 'audience.mesh'],
  ['audience: []', 'audience'],
  ['audience: { mesh: a, admin: a }', 'audience.admin'],
  ['audience: { mash: a }', 'audience.mash'],
  ['keys: { credential: off }', 'keys.verification'],
  ['keys: { credential: [a] }', 'keys.credential'],
  ['keys: { verification: a }', 'keys.verification'],
  ['keys: { verification: [a, a] }', 'keys.verification[1]'],
  ['keys: { credential: a, verification: [a] }', 'keys.verification[0]'],
  ['keys: { credential: a, assertion: a }', 'keys.assertion'],
  ['keys: { assertion: a, verification: [a] }', 'keys.assertion'],
  ['keys: { algorithm: RS256 }', 'keys.algorithm'],
  ['keys: { algorithm: none }', 'keys.algorithm'],
  ['assertion: { lifetime: 59s }', 'assertion.lifetime'],
  ['assertion: { lifetime: 2h }', 'assertion.lifetime'],
  ['assertion: { audience: "" }', 'assertion.audience'],
  ['assertion: { audience: sallyport }', 'assertion.audience'],
  ['assertion: { claim_headers: [email] }', 'assertion.claim_headers'],
  ['assertion: { claim_headers: { E_mail: email } }', 'assertion.claim_headers.E_mail'],
  ['assertion: { claim_headers: { email: 5 } }', 'assertion.claim_headers.email'],
  ['pomerium: { shared_secret: hunter2 }', 'pomerium.shared_secret'],
  [`pomerium: { shared_secret: ${SECRET.replace('=', '')} }`, 'pomerium.shared_secret'],
  [`pomerium: { shared_secret: ${SECRET.replace('c=', 'd=')} }`, 'pomerium.shared_secret'],
  [`pomerium: { shared_secret: ${SECRET}, shared_secret_file: secret }`, 'pomerium.shared_secret_file'],
  ['pomerium: { shared_secret_file: missing }', 'pomerium.shared_secret_file'],
  ['pomerium: { shared_secret_file: short-secret }', 'pomerium.shared_secret_file'],
  ['pomerium: { shared_secret_file: huge }', 'pomerium.shared_secret_file'],
  ['pomerium: { shared_secret_file: . }', 'pomerium.shared_secret_file'],
  ['pomerium: { accept_until: 2030-01-01T00:00:00Z }', 'pomerium.accept_until'],
  [`pomerium: { shared_secret: ${SECRET}, accept_until: 2030-01-01T00:00:00 }`, 'pomerium.accept_until'],
  [`pomerium: { shared_secret: ${SECRET}, accept_until: 2030-02-30T00:00:00Z }`, 'pomerium.accept_until'],
  ['tokens: { max_lifetime: forever }', 'tokens.max_lifetime'],
  ['tokens: { clock_tolerance: 6m }', 'tokens.clock_tolerance'],
  ['tokens: { clock_tolerance: -1s }', 'tokens.clock_tolerance'],
  ['tokens: { max_lifetime: 1m, clock_tolerance: 1m }', 'tokens.clock_tolerance'],
  ['tokens: { cache_size: 0 }', 'tokens.cache_size'],
  ['tokens: { cache_size: 1.5 }', 'tokens.cache_size'],
  ['tokens: { cache_size: "10" }', 'tokens.cache_size'],
  ['unmatched: allow everything', 'unmatched'],
  ['unmatched: global\nserve: { namespace: team-a }', 'unmatched'],
  ['serve: { namespace: "-" }', 'serve.namespace'],
  ['serve: { namespaces: [] }', 'serve.namespaces'],
  ['serve: { namespaces: team-a }', 'serve.namespaces'],
  ['serve: { namespaces: [team-a, "-"] }', 'serve.namespaces[1]'],
  ['source_ip: x-forwarded-for', 'source_ip'],
  ['client_ca: missing.pem', 'client_ca'],
  ['client_ca: not.pem', 'client_ca'],
  ['enforcement: off', 'enforcement'],
  ['check_timeout: 0ms', 'check_timeout'],
  ['check_timeout: 61s', 'check_timeout'],
  ['check_timeout: 5 s', 'check_timeout'],
  ['shutdown_grace: 1h', 'shutdown_grace'],
  ['drain_delay: 5', 'drain_delay'],
  ['max_connection_age: 0s', 'max_connection_age'],
  ['{check_timeout: 2s, max_connection_age_grace: 1s}', 'max_connection_age_grace'],
  ['assertion: {max_bytes: 100}', 'assertion.max_bytes'],
  ['assertion: {max_bytes: 8KiB}', 'assertion.max_bytes'],
  ['assertion: {groups: team-*}', 'assertion.groups'],
  ['assertion: {groups: [""]}', 'assertion.groups[0]'],
  ["realm: 'a\"b'", 'realm'],
  ['realm: "a\\nb"', 'realm'],
  ['log: { level: verbose }', 'log.level'],
  ['log: { decisions: some }', 'log.decisions'],
  ['log: debug', 'log'],
  ['decisions: { sample: 1.1 }', 'decisions.sample'],
  ['decisions: { sample: half }', 'decisions.sample'],
  ['decisions: { keep: -1 }', 'decisions.keep'],
  [
    'cache: { accounts: -1, credentials: many, directory_users: 1e12 }',
    'cache.credentials',
    'cache.accounts',
    'cache.directory_users',
  ],
  ['__proto__: { issuer: x }', '__proto__'],
  ['constructor: 1', 'constructor'],
  ['<<: { issuer: x }', '<<'],
  ['- a\n- b', ''],
  ['just text', ''],
  ['issuer: a\nissuer: b', ''],
  ['a: &a [x]\nlisten: *a', ''],
  ['issuer: !!js/function "x"', ''],
  ['issuer: "unclosed', ''],
  ['a: 1\n---\nb: 2', ''],
  ['[1, 2]: x', ''],
  ['['.repeat(100_000), ''],
  [' '.repeat(300_000), ''],
];

describe('a mistake in the file is told by its path', () => {
  for (const [yaml, ...paths] of MISTAKES) {
    it(yaml.slice(0, 100), () => {
      const mistakes = mistakesOf(() => load(yaml));
      const told = mistakes.map(({ path }) => path).sort();
      assert.deepEqual(told, yaml.startsWith('[[[') ? told : paths.sort(), JSON.stringify(mistakes));
      assert.ok(mistakes.length > 0);
      for (const { message, source } of mistakes) {
        assert.match(message, /expected|unknown setting|not available|twice|YAML|not taken|missing|nested/);
        assert.match(source, /^(sallyport\.yaml(:\d+:\d+)?|default)$/);
      }
    });
  }
});

describe('mistakes', () => {
  it('are all told at once, each with the place that it was written at', () => {
    const error = assert.throws(
      () =>
        load('listen:\n  - 127.0.0.1:1\n  - 0.0.0.0:9000\nstore:\n  max_stalenes: 5s\nissuer: ""\n', {
          env: { SALLYPORT_CHECK_TIMEOUT: '200', SALLYPORT_STORE_MAX_STALENESS: '5s', SALLYPORT_CACHE: '{' },
          flags: { 'log.level': 'loud', 'log.levl': 'info' },
        }),
      (thrown) => {
        assert.ok(thrown instanceof ConfigError);
        const told = thrown.mistakes.map(({ path, source }) => `${path} @ ${source}`);
        assert.deepEqual(told.sort(), [
          'cache @ SALLYPORT_CACHE',
          'check_timeout @ SALLYPORT_CHECK_TIMEOUT',
          'issuer @ sallyport.yaml:6:1',
          'listen[1].tls @ sallyport.yaml:3:5',
          'log.level @ --set log.level',
          'log.levl @ --set log.levl',
          'store.max_stalenes @ sallyport.yaml:5:3',
          'store_max_staleness @ SALLYPORT_STORE_MAX_STALENESS',
        ]);
        assert.match(thrown.message, /^the configuration has 8 mistakes:\n/);
        return true;
      },
    );
    assert.equal(error, undefined);
  });

  it('in one field do not hide those in another of the same map', () => {
    const yaml = `listen: [${NOT_LOCAL}, mode: nine, oops: 1 }]\npomerium: { accept_until: soon }\nstore: { redis: x, max_staleness: 1 }`;
    assert.deepEqual(
      mistakesOf(() => load(yaml))
        .map(({ path }) => path)
        .sort(),
      [
        'listen[0].mode',
        'listen[0].mode',
        'listen[0].oops',
        'listen[0].tls',
        'pomerium.accept_until',
        'pomerium.accept_until',
        'store.max_staleness',
        'store.redis',
      ],
    );
  });

  const MEANT: readonly (readonly [string, RegExp])[] = [
    ['listn: []', /did you mean listen\?/],
    ['store: { maxStaleness: 5s }', /did you mean max_staleness\?/],
    ['max_staleness: 5s', /did you mean store\.max_staleness\?/],
    ['listen: [{ adress: x }]', /did you mean address\?/],
    [
      'listen: [{ address: 127.0.0.1:1, tls: { cert: one.crt, key: one.key, clientCA: x } }]',
      /did you mean client_ca\?/,
    ],
    ['zzzzzzzz: 1', /unknown setting$/],
  ];
  for (const [yaml, expected] of MEANT) {
    it(`suggest the nearest setting: ${yaml}`, () => {
      assert.match(
        mistakesOf(() => load(yaml))
          .map(({ message }) => message)
          .join('\n'),
        new RegExp(expected, 'm'),
      );
    });
  }

  it('suggest the variable for one with a single underscore', () => {
    const [mistake] = mistakesOf(() => load('', { env: { SALLYPORT_STORE_EMBEDDED_PATH: '/x' } }));
    assert.match(mistake?.message ?? '', /did you mean SALLYPORT_STORE__EMBEDDED__PATH\?/);
  });

  const BAD_VARIABLES = [
    'SALLYPORT_',
    'SALLYPORT_X',
    'SALLYPORT_listen',
    'SALLYPORT_LISTEN__0',
    'SALLYPORT___PROTO____X',
    'SALLYPORT_PORT',
    'SALLYPORT_ISSUER__X',
  ];
  for (const name of BAD_VARIABLES) {
    it(`include the variable ${name}`, () => {
      assert.deepEqual(
        mistakesOf(() => load('', { env: { [name]: 'tcp://10.0.0.7:9191' } })).map(({ source }) => source),
        [name],
      );
    });
  }

  it('include a file that was named and is not there', () => {
    for (const sources of [
      { file: '/nowhere/s.yaml' },
      { file: undefined, env: { SALLYPORT_CONFIG: '/nowhere/s.yaml' } },
    ])
      assert.deepEqual(
        mistakesOf(() => load('', sources)),
        [
          {
            path: '',
            message: 'expected a configuration file: there is no such file',
            source: '/nowhere/s.yaml',
          },
        ],
      );
  });

  it('never quote a secret', () => {
    for (const yaml of [
      'pomerium: { shared_secret: hunter2 }',
      'pomerium: { shared_secret: [hunter2] }',
      'pomerium: { shared_secret: "hunter2 }',
      'pomerium:\n  shared_secret: *hunter2',
      'pomerium:\n\tshared_secret: hunter2',
      'pomerium: { shared_secret: %hunter2 @hunter2 }',
      'pomerium: { shared_secret: !hunter2 x }',
      'store: { redis: { url: "redis://u:hunter2@h" } }',
      'store: { redis: { url: "redis://h", password: [hunter2] } }',
      'store: { redis: { password: hunter2 } }',
    ])
      assert.throws(
        () => load(yaml),
        (error) => error instanceof ConfigError && !inspect(error, { depth: 9 }).includes('hunter2'),
        yaml,
      );
    assert.throws(
      () =>
        load('', {
          env: {
            SALLYPORT_POMERIUM: '{shared_secret: hunter2',
            SALLYPORT_POMERIUM__SHARED_SECRET: 'hunter2',
          },
        }),
      (error) => error instanceof ConfigError && !inspect(error, { depth: 9 }).includes('hunter2'),
    );
  });
});

describe('whatever the file holds', () => {
  const loadsOrTells = (yaml: string, sources: ConfigSources = {}) => {
    try {
      load(yaml, sources);
    } catch (error) {
      assert.ok(error instanceof ConfigError, inspect(error));
      assert.ok(error.mistakes.length > 0);
    }
  };

  it('loading gives a configuration or a ConfigError with at least one mistake', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc
        .array(
          fc.constantFrom(
            'a',
            ': ',
            '\n',
            '  ',
            '- ',
            '[',
            ']',
            '{',
            '}',
            '"',
            "'",
            '&x',
            '*x',
            '!',
            '|',
            '>',
            '?',
            ',',
            '#',
            '\t',
            'listen',
            'store',
            '%',
            '---',
            '...',
            '<<',
          ),
        )
        .map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(text, (yaml) => loadsOrTells(yaml)),
      { numRuns: 500 },
    );
  });

  it('the same holds for any value under any known key, in file, variable and flag', () => {
    const key = fc.constantFrom(
      'listen',
      'admin',
      'store',
      'issuer',
      'audience',
      'keys',
      'assertion',
      'pomerium',
      'tokens',
      'unmatched',
      'serve',
      'client_ca',
      'check_timeout',
      'cache',
      'log',
      'decisions',
    );
    fc.assert(
      fc.property(
        key,
        fc.jsonValue({ maxDepth: 4 }),
        fc.string({ maxLength: 30 }).filter((text) => !text.includes('\0')),
        (name, value, text) => {
          loadsOrTells(JSON.stringify({ [name]: value }));
          loadsOrTells('', {
            env: { [`SALLYPORT_${name.toUpperCase()}`]: JSON.stringify(value) },
            flags: { [name]: text, [text]: text },
          });
        },
      ),
      { numRuns: 500 },
    );
  });
});
