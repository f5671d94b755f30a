// Exit codes as docs/cli.md has them, of every verb.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Command } from 'commander';
import { createProgram } from '../../src/cli/run-cli.ts';
import { type CommandLine, createContext, inFolder } from '../support/command-line.ts';
import { DECISIONS } from './server-verb-rows.ts';

const HEAD = 'apiVersion: sallyport/v1alpha1\n';
const POLICY = `${HEAD}kind: Policy\nid: p\nnamespace: global\nppl: [{ allow: { or: [{ authenticated_user: true }] } }]\n`;
const ACCOUNT = `${HEAD}kind: ServiceAccount\nid: bot\nnamespace: global\nuser_id: bot\n`;
const ROUTE = `${HEAD}kind: Route\nid: shop\nnamespace: global\nhosts: [shop.test]\npolicies: [p]\n`;

const FILES: Readonly<Record<string, string>> = {
  'good.yaml': `${POLICY}---\n${ACCOUNT}---\n${ROUTE}`,
  'cases.yaml': '- ppl: {allow: {or: [accept: true]}}\n  expect: allow\n',
  'failing-cases.yaml': '- ppl: {allow: {or: [accept: true]}}\n  expect: deny\n',
  'no-cases.yaml': '[]\n',
  'ppl.yaml': 'allow: { or: [accept: true] }\n',
  'decisions.jsonl': `${DECISIONS.join('\n')}\n`,
  'people.csv': 'id,email\nann,ann@example.com\n',
  'empty.yaml': '',
  'blank.yaml': '\n  \n',
  'comments.yaml': '# nothing\n---\n# but comments\n',
  'syntax.yaml': 'kind: [Policy\n',
  'unknown-field.yaml': `${POLICY}colour: red\n`,
  'no-kind.yaml': 'id: x\n',
  'nowhere.yaml': POLICY.replace('namespace: global', 'namespace: nowhere'),
  'bad-ppl.yaml': 'allow: { or: [usr: x] }\n',
  'bad.csv': 'colour\nred\n',
  'bad.json': '[{',
  'bad-backup.jsonl': '{"no":"backup"}\n',
  'bad.config.yaml': 'lisen: []\n',
  'jwt.txt': 'no.good.jwt',
};

type Row = readonly [code: number, args: string, says?: RegExp];

/** Files that are wrong as they stand, for a verb that reads resources. */
const wrongResources = (verb: string): Row[] => [
  [2, `${verb} missing.yaml`, /missing\.yaml can't be read: there is no such file/],
  [2, `${verb} empty.yaml`, /empty\.yaml is empty/],
  [2, `${verb} blank.yaml`, /blank\.yaml is empty/],
  [2, `${verb} comments.yaml`, /comments\.yaml holds no resource/],
  [2, `${verb} syntax.yaml`, /syntax\.yaml/],
  [2, `${verb} unknown-field.yaml`, /colour/],
  [2, `${verb} no-kind.yaml`, /kind/],
];

const ROWS: readonly Row[] = [
  ...wrongResources('apply -f'),
  ...wrongResources('delete -f'),
  ...wrongResources('policy try --from decisions.jsonl --policy ppl.yaml --id p --resources'),
  [0, 'apply -f good.yaml'],
  [0, 'apply -f good.yaml --dry-run'],
  [1, 'apply -f nowhere.yaml', /there is no namespace nowhere/],
  [2, 'apply', /required option/],
  [2, 'apply -f good.yaml --colour', /unknown option/],
  [2, 'apply -f good.yaml --config missing.yaml', /missing\.yaml/],
  [2, 'apply -f good.yaml --config bad.config.yaml', /lisen/],
  [1, 'delete policy none', /there is no Policy "none"/],
  [1, 'delete policy p', /would break Route shop/],
  [2, 'delete policy', /expected either a kind and an id/],
  [2, 'delete colour red', /expected one of|colour/],
  [0, 'get policies'],
  [1, 'get policy none', /there is no Policy "none"/],
  [1, 'get policies --namespace nowhere', /there is no namespace "nowhere"/],
  [2, 'get colours', /colours/],
  [0, 'export'],
  [1, 'export --namespace nowhere', /there is no namespace "nowhere"/],
  [0, 'explain https://shop.test/ --account bot'],
  [0, 'explain https://shop.test/ --account bot --exit-code'],
  [0, 'explain https://shop.test/'],
  [1, 'explain https://shop.test/ --exit-code'],
  [1, 'explain https://elsewhere.test/ --account bot --exit-code'],
  [1, 'explain https://shop.test/ --jwt jwt.txt --exit-code'],
  [1, 'explain https://shop.test/ --account none', /there is no service account none/],
  [2, 'explain https://shop.test/ --jwt missing.txt', /can't be read/],
  [2, 'explain https://shop.test/ --jwt empty.yaml', /there is no JWT/],
  [2, 'explain https://shop.test/ --client-certificate missing.pem', /can't be read/],
  [2, 'explain', /missing required argument/],
  [0, 'sa create --id new --user-id new --namespace global', /warning: the JWT never expires/],
  [1, 'sa create --user-id bot --namespace global', /never given twice/],
  [2, 'sa create --user-id x', /--namespace/],
  [0, 'sa list'],
  [0, 'sa list --namespace global'],
  [1, 'sa list --namespace globl', /there is no namespace "globl".*global/],
  [1, 'sa show none', /there is no service account none/],
  [2, 'sa show', /missing required argument/],
  [1, 'sa rotate none', /there is no service account none/],
  [2, 'sa rotate bot --expires-in soon', /duration/],
  [1, 'sa revoke none', /there is no service account none/],
  [1, 'sa revoke bot --credential none', /has no credential none/],
  [0, 'sa update bot --description nightly'],
  [0, 'sa update bot --expires never --dry-run'],
  [1, 'sa update none --description x', /there is no service account none/],
  [1, 'sa update bot --namespace nowhere', /there is no namespace nowhere/],
  [2, 'sa update bot', /nothing to change: name a field/],
  [2, 'sa update bot --user-id a --impersonate b', /cannot be used with/],
  [0, 'describe policy p'],
  [0, 'describe sa bot'],
  [1, 'describe policy none', /there is no Policy "none"/],
  [2, 'describe policy', /missing required argument/],
  [1, 'edit policy none', /there is no Policy "none"/],
  [2, 'edit policy', /missing required argument/],
  [0, 'get policies p'],
  [1, 'get policies p q', /there is no Policy "q"/],
  [1, 'delete policy p none', /there is no Policy "none"/],
  [2, 'sa revoke bot other --credential x', /--credential is one of one account/],
  [1, 'sa disable none', /there is no service account none/],
  [1, 'sa enable none', /there is no service account none/],
  [1, 'sa delete none', /there is no service account none/],
  [0, 'bootstrap --id root', /warning: the JWT never expires/],
  [0, 'bootstrap --id root2 --expires-in 90d'],
  [2, 'bootstrap', /--id/],
  [0, 'key init'],
  [0, 'key list'],
  [2, 'key init --only colour', /colour/],
  [0, 'key rotate assertion'],
  [2, 'key rotate colour', /colour/],
  [1, 'key remove none', /there is no key "none"/],
  [1, 'key promote none', /there is no key "none"/],
  [0, 'policy lint ppl.yaml'],
  [1, 'policy lint bad-ppl.yaml'],
  [2, 'policy lint empty.yaml', /empty\.yaml is empty/],
  [2, 'policy lint missing.yaml', /can't be read/],
  [0, 'policy test cases.yaml'],
  [1, 'policy test failing-cases.yaml'],
  [2, 'policy test empty.yaml', /empty\.yaml is empty/],
  [2, 'policy test no-cases.yaml', /there is no case/],
  [2, 'policy test syntax.yaml', /syntax\.yaml/],
  [2, 'policy test missing.yaml', /can't be read/],
  [0, 'policy try --policy good.yaml --from decisions.jsonl'],
  [1, 'policy try --policy ppl.yaml --id none --from decisions.jsonl', /there is no policy none/],
  [2, 'policy try --policy bad-ppl.yaml --id p --from decisions.jsonl', /usr/],
  [2, 'policy try --policy ppl.yaml --from decisions.jsonl', /apiVersion|Policy/],
  [
    2,
    'policy try --policy good.yaml --from missing.jsonl',
    /missing\.jsonl can't be read: there is no such file/,
  ],
  [2, 'policy try --policy empty.yaml --from decisions.jsonl', /empty\.yaml is empty/],
  [0, 'decisions tail'],
  [0, 'decisions tail --namespace global'],
  [1, 'decisions tail --namespace nowhere', /there is no namespace "nowhere"/],
  [1, 'decisions tail --account none', /there is no service account none/],
  [2, 'decisions tail --reason user-unathorized', /there is no reason "user-unathorized".*user-unauthorized/],
  [0, 'decisions export'],
  [1, 'decisions export --namespace nowhere', /there is no namespace "nowhere"/],
  [1, 'decisions export --account none', /there is no service account none/],
  [2, 'decisions export --reason none', /there is no reason "none"/],
  [2, 'decisions export --since yesterday', /expected a date/],
  [0, 'activity list'],
  [2, 'activity list --limit many', /whole number/],
  [0, 'directory import -f people.csv'],
  [2, 'directory import -f empty.yaml --format csv', /is empty/],
  [2, 'directory import -f bad.csv', /colour/],
  [2, 'directory import -f bad.json', /JSON/],
  [2, 'directory import -f people', /expected --format/],
  [0, 'backup other.jsonl'],
  [1, 'backup jwt.txt', /is there already/],
  [1, 'restore made.jsonl', /add --force to replace them/],
  [0, 'restore made.jsonl --force --dry-run'],
  [2, 'restore missing.jsonl', /can't be read: there is no such file/],
  [2, 'restore bad-backup.jsonl --force', /not a backup/],
  [2, 'restore empty.yaml --force', /is empty/],
  [0, 'store init'],
  [1, 'store accept', /needs no acceptance/],
  [1, 'store repair', /is for Redis/],
  [0, 'config check'],
  [2, 'config check --config bad.config.yaml', /lisen/],
  [2, 'config check --set log.level=loud', /log\.level/],
  [2, 'serve --set log.level=loud', /log\.level/],
  [2, 'admin --set log.level=loud', /log\.level/],
  [2, 'whoami', /for an admin API/],
  [2, 'login', /which admin API/],
  [4, 'sa list --server unix:/nonexistent/admin.sock --token-file jwt.txt'],
  [2, 'sa list --server unix:/nonexistent/admin.sock', /there is no credential/],
  [2, 'logout --profile none', /none/],
  [0, 'profile list'],
  [2, 'profile use none', /none/],
  [2, 'colour', /unknown command/],
  [0, '--help'],
  [0, '--version'],
  [0, 'version'],
  [2, 'version -o xml', /xml/],
  [0, 'completion bash'],
  [2, 'completion tcsh', /bash, zsh, fish/],
  [2, 'completion', /shell/],
];

function leavesOf(command: Command, above: readonly string[] = []): string[] {
  return command.commands.flatMap((verb) => {
    const words = [...above, verb.name()];
    return verb.commands.length === 0 ? [words.join(' ')] : leavesOf(verb, words);
  });
}

test('every verb has a row', () => {
  const hidden = ['control-plane', 'prepare-store'];
  for (const verb of leavesOf(createProgram(createContext('/nonexistent'), '0.0.0')))
    assert.ok(hidden.includes(verb) || ROWS.some(([, args]) => `${args} `.startsWith(`${verb} `)), verb);
});

test('the table of docs/cli.md has every code that is used', () => {
  const doc = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  for (const code of ['0', '1', '2', '3', '4', '130', '141']) assert.ok(doc.includes(`\n| ${code} | `), code);
});

describe('ends with', () => {
  for (const [code, args, says] of ROWS)
    test(`${code}: sallyport ${args}`, () =>
      inFolder(async (line) => {
        await prepare(line);
        const env = { XDG_CONFIG_HOME: line.folder };
        const outcome = await line.run(args.split(' '), { env });
        assert.equal(outcome.code, code, outcome.stderr);
        if (says) assert.match(outcome.stderr, says);
        if (code > 0 && !says) assert.ok(outcome.stderr.length + outcome.stdout.length > 0);
      }));
});

async function prepare(line: CommandLine): Promise<void> {
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(line.folder, name), text);
  const applied = await line.run(['apply', '-f', 'good.yaml']);
  assert.equal(applied.code, 0, applied.stderr);
  await line.run(['key', 'init']);
  await line.run(['backup', 'made.jsonl']);
}
