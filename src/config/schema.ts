import { z } from 'zod';
import { identifier } from '../accounts/identifier-schema.ts';
import { NamePattern } from '../accounts/name-pattern.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { audience } from './audience-section.ts';
import { duration, durationSetting } from './duration.ts';
import { GrpcListener, HttpListenerOrOff } from './listener.ts';
import { pomerium } from './pomerium-section.ts';
import {
  choice,
  numberSetting,
  optionalPath,
  path,
  refuseUnquotedOff,
  setting,
  text,
  visibleText,
} from './setting.ts';
import { store } from './store-section.ts';

const namespaceId = identifier(NamespaceId);
const HEADER_EXPECTED = 'expected the rest of a header name in lower-case letters, digits and hyphens';
const claimHeaders = z.record(
  z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/, { error: HEADER_EXPECTED }),
  text('the name of a claim', /^\P{Cc}+$/u, 256),
  {
    error: (issue) =>
      issue.code === 'invalid_type' ? 'expected a map such as {email: email, groups: groups}' : undefined,
  },
);

const LISTEN_EXPECTED = 'expected a list such as ["127.0.0.1:9191"]';

const SAMPLE_EXPECTED = 'expected a number from 0 to 1';

const decisions = z.strictObject({
  sample: setting(
    {
      type: 'number',
      meaning:
        'Fraction of allowing decisions to store for `sallyport decisions`, from 0 to 1. Denials are always stored.',
      reads: 'yaml',
    },
    z
      .number({ error: SAMPLE_EXPECTED })
      .min(0, { error: SAMPLE_EXPECTED })
      .max(1, { error: SAMPLE_EXPECTED })
      .prefault(1),
  ),
  keep: numberSetting(
    'How many stored decisions to keep, the newest; `0` stores none.',
    [0, 10_000_000],
    10_000,
  ),
});

/** Every key of the configuration file. `docs/configuration.md` is written from this. */
export const SECTIONS = {
  listen: setting(
    {
      type: 'list of addresses or maps',
      meaning:
        'Addresses for Envoy. Plaintext is for loopback and Unix sockets; another address needs `tls` with `client_ca` and `allowed_clients`.',
      reads: 'yaml',
    },
    z
      .array(GrpcListener, { error: LISTEN_EXPECTED })
      .min(1, { error: LISTEN_EXPECTED })
      .max(64, { error: 'expected at most 64 addresses' })
      .prefault(['127.0.0.1:9191']),
  ),
  http: z.strictObject({
    listen: setting(
      {
        type: 'address, map or `off`',
        meaning:
          "Where the sidecar shows the assertion's public keys, `/livez`, `/readyz` and `/metrics`. It reads no request body. Off loopback it needs `tls`.",
        reads: 'yaml',
      },
      HttpListenerOrOff.prefault('127.0.0.1:9192'),
    ),
  }),
  admin: z.strictObject({
    listen: setting(
      {
        type: 'address, map or `off`',
        meaning:
          'Where the control plane serves the admin API and SCIM, with its own `/livez`, `/readyz` and `/metrics`: the process that `serve` starts beside itself with the embedded store, or `sallyport admin`. Off loopback it needs `tls`.',
        reads: 'yaml',
      },
      HttpListenerOrOff.prefault('127.0.0.1:9193'),
    ),
    session: z
      .strictObject({
        lifetime: durationSetting(
          'Maximum duration of a browser session. A session never outlives its credential.',
          ['1m', '30d'],
          '12h',
        ),
        idle: durationSetting('A session ends after this time without a request.', ['1m', '30d'], '1h'),
      })
      .prefault({}),
  }),
  store,
  issuer: setting(
    { type: 'text', meaning: '`iss` of the credentials. Others are rejected.' },
    visibleText('an issuer').prefault('sallyport'),
  ),
  audience,
  keys: z.strictObject({
    credential: setting(
      {
        type: 'path or `off`',
        meaning: 'Private key file that signs credentials. `off` on machines that only verify.',
        fallback: '`<store.embedded.path>/keys/credential.jwks.json`',
      },
      z.preprocess(refuseUnquotedOff, path().optional()),
    ),
    allow_group: setting(
      {
        type: '`0`',
        meaning:
          '`0` accepts private key files that the group root (gid 0) may read, if the process is in that group and is not root. Other groups of the process are accepted without it.',
        fallback: 'none',
        reads: 'yaml',
      },
      z
        .literal(0, { error: 'expected 0: files of other groups of this process are accepted anyway' })
        .optional(),
    ),
    verification: setting(
      { type: 'list of paths', meaning: 'Public key files of further credentials to accept.', reads: 'yaml' },
      z.array(path(), { error: 'expected a list of paths' }).max(100).prefault([]),
    ),
    assertion: setting(
      {
        type: 'path',
        meaning: 'Private key file that signs `x-pomerium-jwt-assertion`.',
        fallback: '`<store.embedded.path>/keys/assertion.jwks.json`',
      },
      path().optional(),
    ),
    algorithm: setting(
      { type: '`EdDSA` or `ES256`', meaning: 'Of the credential key that is made on first start.' },
      choice('EdDSA', 'ES256').prefault('EdDSA'),
    ),
  }),
  assertion: z.strictObject({
    audience: setting(
      {
        type: 'text',
        meaning:
          '`aud` of the assertion if neither route nor namespace names hosts. Without it no assertion is sent then.',
      },
      visibleText('an audience').optional(),
    ),
    lifetime: durationSetting('Lifetime of an assertion.', ['1m', '1h'], '5m'),
    groups: setting(
      {
        type: 'list of patterns',
        meaning:
          'Ids of the groups that upstreams get, in the assertion and in claim headers; `*` stands for any characters. Policies see all groups.',
        fallback: 'all of them',
        reads: 'yaml',
      },
      z
        .array(text('the id of a group, or a pattern such as team-*', /^\P{Cc}+$/u, 256), {
          error: 'expected a list of group ids or patterns such as team-*',
        })
        .max(1000, { error: 'expected at most 1000 patterns' })
        .optional(),
    ),
    max_bytes: numberSetting(
      'Bytes of the headers that upstreams get: `x-pomerium-jwt-assertion` and those of `claim_headers`, together. Beyond it groups are left out, then claim headers from the last one on. If the assertion alone is larger, the Check fails.',
      [1024, 65_536],
      8192,
    ),
    claim_headers: setting(
      {
        type: 'map',
        meaning:
          'Claims to send upstream: `email: email` is the header `x-pomerium-claim-email` with the claim `email`.',
        reads: 'yaml',
      },
      claimHeaders.prefault({}),
    ),
  }),
  directory: z.strictObject({
    reserved: setting(
      {
        type: 'list of patterns',
        meaning:
          'User IDs that only an admin of `global` may give to a service account, such as `*@corp.example`; `*` stands for any text. The domains of directory users are always reserved.',
        reads: 'yaml',
      },
      z
        .array(NamePattern, { error: 'expected a list of patterns such as ["*@corp.example"]' })
        .max(1000)
        .prefault([]),
    ),
  }),
  pomerium,
  tokens: z.strictObject({
    max_lifetime: setting(
      {
        type: 'duration',
        meaning:
          'Maximum lifetime of a credential, from its `iat`; checked when it is made and at every use.',
      },
      duration('1m', '36500d').optional(),
    ),
    clock_tolerance: durationSetting(
      'How far the clocks of this machine and of the signer may differ.',
      ['0s', '5m'],
      '0s',
    ),
    cache_size: numberSetting('Verified tokens to remember.', [1, 10_000_000], 15_000),
  }),
  unmatched: setting(
    {
      type: '`deny` or a namespace',
      meaning: 'Namespace of a request that matches no route; `deny` answers 404.',
    },
    z
      .union([z.literal('deny'), namespaceId], {
        error: `expected deny, or a namespace: ${NamespaceId.expected}`,
      })
      .prefault('deny'),
  ),
  serve: z.strictObject({
    namespace: setting(
      {
        type: 'namespace',
        meaning: 'Namespace of requests to this sidecar if neither Envoy nor a route assigns one.',
      },
      namespaceId.optional(),
    ),
    namespaces: setting(
      {
        type: 'list of namespaces',
        meaning:
          'Keeps only the routes and policies of these namespaces, and of those above and below them, in memory. Requests of other namespaces are answered 404.',
        fallback: 'all of them',
        reads: 'yaml',
      },
      z
        .array(namespaceId, { error: 'expected a list of namespaces' })
        .min(1, { error: 'expected at least one namespace' })
        .max(1000)
        .optional(),
    ),
  }),
  source_ip: setting(
    {
      type: '`peer` or `x-envoy-external-address`',
      meaning:
        'The address that the criterion `source_ip` sees. `x-envoy-external-address` needs an Envoy that sets it: see policy.md, Addresses.',
    },
    choice('peer', 'x-envoy-external-address').prefault('peer'),
  ),
  client_ca: optionalPath(
    "PEM certificates that sign callers' client certificates, for the criterion `client_certificate`. Each is trusted as it stands: name those that sign clients, with any between them and a root.",
  ),
  client_certificates: setting(
    {
      type: '`required` or `by-policy`',
      meaning:
        'Where `client_ca` is set. `required`: a request without a valid client certificate is refused, whatever the policies say. `by-policy`: only where a policy says so.',
    },
    choice('required', 'by-policy').prefault('required'),
  ),
  enforcement: setting(
    {
      type: '`enforce` or `observe`',
      meaning: '`observe`: allow every request, and report what would have been decided.',
    },
    choice('enforce', 'observe').prefault('enforce'),
  ),
  check_timeout: durationSetting(
    'A Check fails after this time, whatever deadline Envoy set.',
    ['1ms', '60s'],
    '200ms',
  ),
  drain_delay: durationSetting(
    'How long requests are still answered after SIGTERM, while health is NOT_SERVING and `/readyz` answers 503, so that clients notice.',
    ['0s', '10m'],
    '0s',
  ),
  shutdown_grace: durationSetting(
    'How long calls in flight may take after SIGTERM and `drain_delay`.',
    ['0s', '10m'],
    '10s',
  ),
  max_connection_age: setting(
    {
      type: 'duration',
      meaning:
        'Maximum age of a connection of Envoy, with a tenth of random variation. Envoy then reconnects, so that sidecars behind one address share the load. Needs the `retry_policy` of envoy.yaml.',
      fallback: 'no limit',
    },
    duration('1s', '30d').optional(),
  ),
  max_connection_age_grace: durationSetting(
    'How long calls in flight on such a connection may take.',
    ['1s', '10m'],
    '10s',
  ),
  realm: setting(
    { type: 'text', meaning: '`realm` of `WWW-Authenticate`.' },
    text(
      'a realm: 1 to 128 printable ASCII characters without quotes and backslashes',
      /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/,
      128,
    ).prefault('sallyport'),
  ),
  log: z.strictObject({
    level: setting(
      {
        type: 'level',
        meaning: 'Least severe level to log: trace, debug, info, warn, error, fatal or silent.',
      },
      choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent').prefault('info'),
    ),
    decisions: setting(
      { type: '`all`, `denied` or `none`', meaning: 'Decisions to log, at level info.' },
      choice('all', 'denied', 'none').prefault('all'),
    ),
  }),
  decisions,
  cache: z.strictObject({
    credentials: numberSetting('Credentials to keep in memory.', [1, 10_000_000], 15_000),
    accounts: numberSetting('Service accounts to keep in memory.', [1, 10_000_000], 15_000),
    directory_users: numberSetting('Directory users to keep in memory.', [1, 10_000_000], 5_000),
  }),
} as const;

/** The configuration as it is written, each section checked by its schema. */
export type Settings = { readonly [Section in keyof typeof SECTIONS]: z.output<(typeof SECTIONS)[Section]> };
