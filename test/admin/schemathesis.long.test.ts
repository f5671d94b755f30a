import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ServiceAccount } from '../../src/accounts/service-account-schema.ts';
import { OPERATIONS } from '../../src/contract/contract.ts';
import type { Operation } from '../../src/contract/operation.ts';
import { type AdminWorld, openAdminWorld, TEAMS } from '../support/admin-world.ts';

const VERSION = '4.32.5';
const VENV = fileURLToPath(new URL(`../../.tools/venv-schemathesis-${VERSION}`, import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'sallyport-schemathesis-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** One of each kind, so that an id may be guessed: of each kind the same. */
const THERE = [
  { kind: 'Namespace', id: 'there', parent: 'global' },
  { kind: 'DirectoryUser', id: 'there' },
  { kind: 'DirectoryGroup', id: 'there' },
  { kind: 'Policy', id: 'there', namespace: 'global', ppl: { allow: { or: [{ accept: true }] } } },
  { kind: 'Route', id: 'there', namespace: 'global' },
  { kind: 'ServiceAccount', id: 'there', namespace: 'global', user_id: 'there-account' },
  { kind: 'RoleBinding', id: 'there', account: 'there', role: 'viewer', namespace: 'global' },
]
  .map((resource) => JSON.stringify({ apiVersion: 'sallyport/v1alpha1', ...resource }))
  .join('\n---\n');

const PPL = '{ allow: { or: [{ accept: true }] } }';
const NEW = ['new-1', 'new-2', 'new-3', 'new-4', 'new-5', 'new-6'];
const TIME = '2026-01-02T03:04:05Z';
/**
 * What these ask for hangs together in ways that the document does not tell (either this or that; a parent, and hosts that it
 * has), so that guesses are mostly refused; matrix.test.ts has them done.
 */
const HARD_TO_GUESS: ReadonlySet<string> = new Set(['namespaces.put', 'policies.test', 'policies.try']);

/** What is put in more often than not in place of random text, by the place in the request. */
const GUESSES: Readonly<Record<string, readonly string[]>> = {
  'path.id': ['there'],
  'header.If-Match': ['*'],
  'query.namespace': ['global'],
  'body.id': ['there', 'there', 'there', ...NEW],
  'body.ids[*]': ['there'],
  'body.resources[*].id': ['there'],
  'body.namespace': ['global'],
  'body.parent': ['global'],
  'body.hosts[*]': ['there.example.com'],
  'body.default_policies[*]': ['there'],
  'body.policies[*]': ['there'],
  'body.groups[*]': ['there'],
  'body.account': ['there'],
  'body.user_id': ['there-account', ...NEW],
  'body.expires_at': ['2100-01-01T00:00:00Z'],
  'body.ppl': [PPL],
  'body.policies[*].namespace': ['global'],
  'body.policies[*].ppl': [PPL],
  'body.documents[*].id': ['there'],
  'body.documents[*].ppl': [PPL],
  'body.decisions[*].time': [TIME],
  'body.cases[*].policy': ['there'],
  'body.cases[*].expect': ['deny'],
  'body.cases[*].request.time': [TIME],
  'body.stored.namespace': ['global'],
  'body.stored.since': [TIME],
  'body.stored.until': [TIME],
  'body.url': ['https://a.example.com/'],
};

function writeConfiguration(credential: string): string {
  const file = join(folder, `${credential}.toml`);
  const guesses = Object.entries({ ...GUESSES, 'path.credential': [credential] }).map(
    ([place, values], index) => ({
      place,
      values,
      name: `d${index}`,
    }),
  );
  const lines = [
    ...guesses.flatMap(({ name, values }) => [
      `[dictionaries.${name}]`,
      `values = ${JSON.stringify(values)}`,
    ]),
    '[parameters]',
    ...guesses.map(({ place, name }) => `"${place}" = { dictionary = "${name}", probability = 0.85 }`),
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

before(() => {
  // It may be there and not run: an environment knows where it was made, and can't be moved.
  if (spawnSync(join(VENV, 'bin/schemathesis'), ['--version']).status === 0) return;
  execFileSync('python3', ['-m', 'venv', '--clear', VENV]);
  execFileSync(join(VENV, 'bin/pip'), ['install', '--quiet', `schemathesis==${VERSION}`]);
});

// Two at a time, as there are processes; each on a store of its own: it finds the tester's account sooner or later, and does to it what can be done to one.
describe('Schemathesis', { concurrency: 2 }, () => {
  for (const operation of operationIds())
    test(`whatever is asked of ${operation}, no answer is a fault or outside the OpenAPI document`, async () => {
      const world = await openAdminWorld();
      try {
        await world.apply(TEAMS);
        await world.apply(THERE);
        await world.signIn('there');
        const answered = countAnswers(world);
        const jwt = await world.signIn('root');
        const url = await world.app.listen({ host: '127.0.0.1', port: 0 });
        const { status, output } = await run([
          '--config-file',
          writeConfiguration(await credentialOf(world, 'there')),
          'run',
          `${url}/api/v1/openapi.json`,
          `--include-operation-id=${operation}`,
          '--header',
          `Authorization: Bearer ${jwt}`,
          '--max-examples=50',
          '--checks=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance',
          '--no-color',
        ]);
        assert.equal(status, 0, output);
        assert.match(output, /Tested: 1$/m);
        assert.deepEqual(world.faults, []);
        // Equal requests are sent once, and of those that read one resource many are equal.
        assert.ok(answered.all > 20, `${answered.all} requests`);
        assert.ok(
          answered.good > 0 || HARD_TO_GUESS.has(operation),
          `none of ${answered.all} requests was done`,
        );
      } finally {
        await world.close();
      }
    });
});

async function credentialOf({ store }: AdminWorld, account: string): Promise<string> {
  const [record] = await store.get([{ kind: 'service_account', id: account }]);
  const [credential] = ServiceAccount.parse(record?.value).credentials;
  assert.ok(credential);
  return credential;
}

/** How many requests were answered, of those that are not for the document, and how many of these by what was asked for. */
function countAnswers({ app }: AdminWorld): { all: number; good: number } {
  const counts = { all: 0, good: 0 };
  app.server.prependListener('request', ({ url }, response) => {
    if (url?.endsWith('/openapi.json')) return;
    response.once('finish', () => {
      counts.all += 1;
      if (response.statusCode < 300) counts.good += 1;
    });
  });
  return counts;
}

function operationIds(): string[] {
  return Object.entries(OPERATIONS).flatMap(([group, operations]) =>
    Object.entries<Operation>(operations)
      .filter(([, { local }]) => !local)
      .map(([name]) => `${group}.${name}`),
  );
}

/** Beside this process, which answers meanwhile. */
async function run(args: readonly string[]): Promise<{ status: number | null; output: string }> {
  const child = spawn(join(VENV, 'bin/schemathesis'), args, { cwd: tmpdir() });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const status = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  return { status, output };
}
