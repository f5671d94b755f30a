import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { durationSetting } from '../../config/duration.ts';
import {
  isSettingsMap,
  numberSetting,
  optionalPath,
  parsedText,
  setting,
  text,
} from '../../config/setting.ts';
import type { ServerAddress } from '../server-address.ts';

const SERVER_EXPECTED = 'expected a host and a port: redis.example.com:6379, 10.0.0.7:6379 or [fd00::7]:6379';
const URL_EXPECTED =
  'expected redis://host:6379 or rediss://host:6379, without user, password, path and query: use their own settings';

const SERVER = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})))(?::(\d{1,5}))?$/;
const DEFAULT_PORT = 6379;

/** The address; undefined for other text. */
function parseServer(value: string, defaultPort?: number): ServerAddress | undefined {
  const [, bracketed, name, digits] = SERVER.exec(value) ?? [];
  const host = bracketed === undefined ? name : isIPv6(bracketed) ? bracketed : undefined;
  const port = digits === undefined ? defaultPort : Number(digits);
  return host !== undefined && port !== undefined && port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

/** The address in `redis://…`, and whether the URL asks for TLS. */
function parseServerUrl(value: string): (ServerAddress & { readonly tls: boolean }) | undefined {
  const [, scheme, rest = ''] = /^(rediss?):\/\/([^/]*)\/?$/.exec(value) ?? [];
  const server = scheme === undefined ? undefined : parseServer(rest, DEFAULT_PORT);
  return server && { ...server, tls: scheme === 'rediss' };
}

const url = parsedText(URL_EXPECTED, parseServerUrl);
const server = parsedText(SERVER_EXPECTED, (value) => parseServer(value));

const servers = (what: string, example: string) => {
  const error = `expected a list of ${what} such as ${example}`;
  return z.array(server, { error }).min(1, { error }).max(32, { error: 'expected at most 32' });
};

const name = (what: string) =>
  text(`${what}: 1 to 128 characters without spaces`, /^[^\p{Cc}\s]{1,128}$/u, 128);
/** Redis bounds no password; a file is read up to this. */
const password = text('a password', /^\P{Cc}+$/u, 1024);
const passwords = (whose: string) => ({
  username: setting(
    { type: 'text', meaning: `User of ${whose}. Without it a password is the default user's.` },
    name('a user name').optional(),
  ),
  password: setting({ type: 'text', meaning: 'Its password. Prefer `password_file`.' }, password.optional()),
  password_file: optionalPath('A file with that password.'),
});

const ONE_PLACE = 'expected one of url, sentinel and cluster';

export const redis = z
  .strictObject(
    {
      url: setting(
        {
          type: 'URL',
          meaning:
            'One server: `redis://host:6379`, or `rediss://…` for TLS; user and password have settings of their own.',
        },
        url.optional(),
      ),
      sentinel: z
        .strictObject({
          name: setting(
            { type: 'text', meaning: 'What the Sentinels call the group of servers.' },
            name('the name of a group'),
          ),
          nodes: setting(
            {
              type: 'list of addresses',
              meaning: 'All Sentinels: more than half of them must agree on the primary.',
              reads: 'yaml',
            },
            servers('all Sentinels', '[s1:26379, s2:26379, s3:26379]'),
          ),
          ...passwords('the Sentinels'),
        })
        .optional(),
      cluster: z
        .strictObject({
          nodes: setting(
            {
              type: 'list of addresses',
              meaning: 'Some servers of the Cluster; one that is up is enough.',
              reads: 'yaml',
            },
            servers('servers', '[r1:6379, r2:6379]'),
          ),
        })
        .optional(),
      tls: setting(
        {
          type: 'map',
          meaning: 'Uses TLS with the servers and the Sentinels; `{}` if the system trusts their authority.',
          reads: 'yaml',
        },
        z
          .strictObject({
            ca: optionalPath('PEM certificates that sign those of the servers.'),
            cert: optionalPath('PEM certificate of this client.'),
            key: optionalPath('PEM private key of that certificate.'),
            server_name: setting(
              {
                type: 'text',
                meaning: "The name in the servers' certificates, if it differs from their address.",
              },
              name('a host name').optional(),
            ),
          })
          .optional(),
      ),
      ...passwords('the servers'),
      prefix: setting(
        { type: 'text', meaning: 'All keys begin with it, in braces.' },
        text(
          'a prefix: 1 to 64 letters, digits, dots, colons, hyphens and underscores',
          /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/,
          64,
        ).prefault('sallyport'),
      ),
      command_timeout: durationSetting(
        'How long a read may take. Must be less than `check_timeout`.',
        ['1ms', '10s'],
        '150ms',
      ),
      transfer_timeout: durationSetting(
        'How long a commit, or reading one page of a list or snapshot, may take.',
        ['100ms', '5m'],
        '5s',
      ),
      wait_replicas: numberSetting(
        'How many replicas must have a commit before it is acknowledged.',
        [0, 16],
        0,
      ),
      wait_timeout: durationSetting('How long they may take.', ['10ms', '1m'], '1s'),
      min_replicas_to_write: numberSetting(
        "Set it to the servers' `min-replicas-to-write` if that is more than 1. A primary that refuses writes because of its disk or memory counts as contact only with that many replicas in step.",
        [1, 16],
        1,
      ),
      log_length: numberSetting(
        'Commits that the change log keeps; a sidecar that is further behind reads everything again.',
        [100, 10_000_000],
        100_000,
      ),
    },
    {
      error: (issue) =>
        issue.code === 'invalid_type' ? 'expected a map of url, sentinel or cluster, and more' : undefined,
    },
  )
  .superRefine(
    (value, context) => {
      const report = (key: string[], message: string) =>
        context.addIssue({ code: 'custom', path: key, message });
      const { url, sentinel, cluster, tls } = value;
      if ([url, sentinel, cluster].filter((place) => place !== undefined).length !== 1) report([], ONE_PLACE);
      if (isSettingsMap(url) && url.tls === false && tls !== undefined)
        report(['url'], 'expected rediss:// beside tls');
      if (tls && (tls.cert === undefined) !== (tls.key === undefined))
        report(['tls'], 'expected cert and key, or neither');
      checkPasswords(value, [], report);
      if (isSettingsMap(sentinel)) checkPasswords(sentinel, ['sentinel'], report);
    },
    { when: ({ value }) => isSettingsMap(value) },
  );

export type RedisSection = z.output<typeof redis>;

interface Passwords {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly password_file?: string | undefined;
}

function checkPasswords(
  { username, password, password_file }: Passwords,
  above: string[],
  report: (key: string[], message: string) => void,
): void {
  if (password !== undefined && password_file !== undefined)
    report([...above, 'password_file'], 'expected either password or password_file, not both');
  if (username !== undefined && password === undefined && password_file === undefined)
    report([...above, 'password_file'], 'expected a password beside username');
}
