import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { openStore } from '../../src/app/open-store.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { Reader } from '../../src/operations/reader.ts';
import type { StoreWithTelemetry } from '../../src/store/telemetry-writes.ts';
import { type CommandLine, createContext, inFolder, NOW } from '../support/command-line.ts';
import { waitUntil } from '../support/wait-until.ts';
import { within } from '../support/within.ts';

function decision(fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    level: 'info',
    time: new Date(NOW - 60_000).toISOString(),
    event: 'decision',
    revision: 1000,
    verdict: 'allow',
    enforcement: 'enforce',
    reason: 'user-ok',
    authenticated: true,
    account_id: 'sa-alice',
    user_id: 'alice',
    namespace: 'team-a',
    method: 'GET',
    host: 'a.example.com',
    path: '/orders',
    ...fields,
  });
}
const DENIED = {
  verdict: 'deny',
  refusal: 'forbidden',
  authenticated: undefined,
  reason: 'user-unauthorized',
  reasons: ['user-unauthorized', 'groups-unauthorized'],
};

async function withStored(
  line: CommandLine,
  lines: readonly string[],
  use?: (store: StoreWithTelemetry) => Promise<void>,
): Promise<void> {
  const { env, cwd } = createContext(line.folder);
  const store = await openStore(loadConfig({ env, cwd, flags: {}, file: undefined }));
  try {
    await store.telemetry.appendDecisions(lines);
    await use?.(store);
  } finally {
    await store.close();
  }
}

const HEAD = 'TIME                      VERDICT  REASON                    ACCOUNT               METHOD  URL';

describe('decisions export', () => {
  test('prints the very lines, the oldest first, and none where there are none', () =>
    inFolder(async (line) => {
      assert.deepEqual(await line.run(['decisions', 'export']), { code: 0, stdout: '', stderr: '' });
      const lines = Array.from({ length: 1200 }, (_, n) => decision({ request_id: `${n}` }));
      await withStored(line, lines);
      const { code, stdout } = await line.run(['decisions', 'export']);
      assert.deepEqual([code, stdout], [0, lines.map((each) => `${each}\n`).join('')]);
      const newest = await line.run(['decisions', 'export', '--limit', '3']);
      assert.deepEqual(
        newest.stdout,
        lines
          .slice(-3)
          .map((each) => `${each}\n`)
          .join(''),
      );
    }));

  test('leaves out what was not asked for, and what is no decision', () =>
    inFolder(async (line) => {
      const lines = {
        alice: decision(),
        bob: decision({ ...DENIED, account_id: 'sa-bob', user_id: 'bob', namespace: 'team-b' }),
        old: decision({ time: new Date(NOW - 3_600_000).toISOString() }),
      };
      const foreign = ['no json', '{"event":"starting"}', decision({ verdict: 'maybe' }), ` \n${decision()}`];
      await withStored(line, [...Object.values(lines), ...foreign]);
      for (const [flags, expected] of [
        [[], ['alice', 'bob', 'old']],
        [['--namespace', 'team-b'], ['bob']],
        [
          ['--account', 'sa-alice'],
          ['alice', 'old'],
        ],
        [['--verdict', 'deny'], ['bob']],
        [['--reason', 'groups-unauthorized'], ['bob']],
        [['--reason', 'user-ok', '--since', '2m'], ['alice']],
        [
          ['--since', new Date(NOW - 120_000).toISOString()],
          ['alice', 'bob'],
        ],
        [['--limit', '1', '--account', 'sa-alice'], ['old']],
      ] as const) {
        const { stdout, stderr } = await line.run(['decisions', 'export', ...flags]);
        assert.match(stderr, /^skipped 4 entries that are not decisions/);
        const printed = stdout.split('\n').slice(0, -1);
        const names = printed.map((text) => Object.entries(lines).find(([, each]) => each === text)?.[0]);
        assert.deepEqual(names, expected, flags.join(' '));
      }
      for (const flags of [
        ['--since', 'monday'],
        ['--limit', '0'],
        ['--verdict', 'maybe'],
      ])
        assert.equal((await line.run(['decisions', 'export', ...flags])).code, 2, flags.join(' '));
    }));

  test('is what policy try takes', () =>
    inFolder(async (line) => {
      await line.run(['apply', '-f', '-'], {
        input:
          'apiVersion: sallyport/v1alpha1\nkind: Namespace\nid: team-a\nparent: global\ndefault_policies: [p]\n---\napiVersion: sallyport/v1alpha1\nkind: Policy\nid: p\nnamespace: team-a\nppl: {allow: {or: [{accept: true}]}}\n',
      });
      await withStored(line, [decision({ authenticated: false, account_id: undefined, user_id: undefined })]);
      writeFileSync(join(line.folder, 'policy.yaml'), 'deny: {or: [{accept: true}]}\n');
      const { stdout } = await line.run(['decisions', 'export']);
      const tried = await line.json<{ turned: { before: string; after: string }[] }>(
        ['policy', 'try', '--policy', 'policy.yaml', '--id', 'p', '--from', '-'],
        { input: stdout },
      );
      assert.deepEqual(
        tried.turned.map(({ before, after }) => [before, after]),
        [['allow', 'deny']],
      );
    }));
});

describe('decisions tail', () => {
  test('shows the newest for people, and the very lines with -o json', () =>
    inFolder(async (line) => {
      const lines = [
        decision({ ...DENIED, account_id: undefined, path: '/a\u009b31m' }),
        ...Array.from({ length: 20 }, (_, n) => decision({ path: `/${n}` })),
      ];
      await withStored(line, lines);
      const all = await line.run(['decisions', 'tail', '--lines', '21']);
      const [head, denied, allowed] = all.stdout.split('\n');
      assert.equal(head, HEAD);
      assert.equal(
        denied,
        '2026-05-31T23:59:00.000Z  deny     user-unauthorized         -                     GET     a.example.com/a\\x9b31m',
      );
      assert.equal(
        allowed,
        '2026-05-31T23:59:00.000Z  allow    user-ok                   sa-alice              GET     a.example.com/0',
      );
      assert.equal((await line.run(['decisions', 'tail'])).stdout.split('\n').length, 22);
      const json = await line.run(['decisions', 'tail', '--lines', '2', '-o', 'json', '--verdict', 'allow']);
      assert.equal(
        json.stdout,
        lines
          .slice(-2)
          .map((each) => `${each}\n`)
          .join(''),
      );
    }));

  /** Runs `decisions tail --follow`; what it printed so far, and its exit code. */
  function follow(line: CommandLine, flags: readonly string[]) {
    const stdout = new PassThrough({ highWaterMark: 1 << 20 });
    const context = { ...createContext(line.folder), stdout };
    const ended = runCli(['decisions', 'tail', '--follow', '-o', 'json', ...flags], context, '0.0.0');
    let printed = '';
    stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
    });
    return { stdout, ended, printed: () => printed };
  }

  test('follows what comes, until SIGINT', () =>
    inFolder(async (line) => {
      await line.json(['sa', 'create', '--id', 'sa-bob', '--user-id', 'bob', '--namespace', 'global']);
      await withStored(line, [decision({ path: '/before' })], async ({ telemetry: side }) => {
        const { ended, printed } = follow(line, ['--account', 'sa-bob', '--lines', '1']);
        await side.appendDecisions([decision({ account_id: 'sa-bob', path: '/one' }), decision()]);
        await waitUntil('the first', () => printed().includes('/one'));
        await side.appendDecisions([decision({ account_id: 'sa-bob', path: '/two' })]);
        await waitUntil('the second', () => printed().includes('/two'));
        process.emit('SIGINT');
        assert.equal(await within(ended, 'the end'), 0);
        const paths = printed()
          .split('\n')
          .slice(0, -1)
          .map((each): string => JSON.parse(each).path);
        assert.deepEqual(paths, ['/one', '/two']);
        assert.equal(process.listenerCount('SIGINT'), 0);
      });
    }));

  test('ends where nobody reads any more', () =>
    inFolder(async (line) => {
      await withStored(line, [decision()], async () => {
        const { stdout, ended, printed } = follow(line, []);
        await waitUntil('the first', () => printed() !== '');
        stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
        assert.equal(await within(ended, 'the end'), 0);
      });
    }));
});

describe('when an account was last used', () => {
  test('is shown of the account and of each credential, never where it never was', () =>
    inFolder(async (line) => {
      const created = await line.json<{ credential_id: string }>([
        ...['sa', 'create', '--user-id', 'robot', '--namespace', 'global', '--id', 'mine'],
      ]);
      const second = await line.json<{ credential_id: string }>(['sa', 'rotate', 'mine']);
      assert.match(
        (await line.run(['sa', 'list'])).stdout,
        /LAST USED {2}DESCRIPTION\nmine .* never {2,}never/,
      );
      await withStored(line, [], async (store) => {
        const account = await new Reader(store).find('service_account', 'mine');
        const credentials = account?.credentials ?? [];
        await store.telemetry.touchLastUsed(
          new Map(credentials.map((id, index) => [id, NOW - (index + 1) * 60_000])),
        );
      });
      const first = '2026-05-31T23:59:00.000Z';
      const [listed] = await line.json<{ last_used_at: string }[]>(['sa', 'list']);
      assert.equal(listed?.last_used_at, first);
      const shown = await line.json<{ last_used_at: string; credentials: Record<string, string>[] }>([
        ...['sa', 'show', 'mine'],
      ]);
      assert.equal(shown.last_used_at, first);
      assert.deepEqual(
        shown.credentials.map(({ id, last_used_at }) => [id, last_used_at]),
        [
          [created.credential_id, first],
          [second.credential_id, '2026-05-31T23:58:00.000Z'],
        ],
      );
      assert.match((await line.run(['sa', 'show', 'mine'])).stdout, new RegExp(`^Last used +${first}$`, 'm'));
      const [got] = await line.json<{ status: { last_used_at: string } }[]>(['get', 'sa']);
      assert.equal(got?.status.last_used_at, first);
    }));
});
