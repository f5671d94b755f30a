import type { Command } from 'commander';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';
import { listConfiguredKeys, readCredentialsByKey } from './key-files.ts';
import { printJson } from './output.ts';
import { printTable } from './print-table.ts';
import { word } from './screen.ts';

const DAY_MS = 86_400_000;

export function addKeyList(key: Command, context: CliContext): void {
  const command = addCommonOptions(key.command('list'))
    .summary('list the keys of the configured files; never their private parts')
    .description(
      'Lists every key of the configured files: its use, whether it signs or only verifies, and how many valid credentials it has signed. Credentials whose key is unknown or in none of the files have lines of their own. An older version did not record the key; it becomes known when a stored decision names the credential.',
    )
    .action((options: CommonOptions) => list(context, options));
  addExamples(command, [
    ['sallyport key list', 'which key signs, which ones still verify, and for how many credentials'],
  ]);
}

interface Row {
  readonly use: string;
  readonly kid: string | undefined;
  readonly alg?: string;
  readonly state: string;
  readonly file?: string;
  readonly createdAt?: number | undefined;
  /** undefined: not counted. */
  readonly credentials: number | undefined;
}

async function list(context: CliContext, options: CommonOptions): Promise<void> {
  const rows = await readRows(context, options);
  if (options.output === 'json')
    return printJson(
      context.stdout,
      rows.map(({ use, kid, alg, state, file, createdAt, credentials }) => ({
        use,
        kid: kid ?? null,
        algorithm: alg ?? null,
        state,
        file: file ?? null,
        created_at: createdAt === undefined ? null : new Date(createdAt).toISOString(),
        credentials: credentials ?? null,
      })),
    );
  const now = context.clock();
  printTable(
    context,
    ['USE', 'KID', 'ALGORITHM', 'STATE', 'AGE', 'CREDENTIALS', 'FILE'],
    rows.map(({ use, kid = 'unknown', alg = '-', state, file = '-', createdAt, credentials }) => [
      use,
      kid,
      alg,
      word(state),
      describeAge(createdAt, now),
      String(credentials ?? '-'),
      file,
    ]),
  );
}

/** The keys of the files, then keys that only credentials name. */
async function readRows(context: CliContext, options: CommonOptions): Promise<Row[]> {
  const { stderr } = context;
  const config = loadCommandConfig(context, options);
  const keys = await listConfiguredKeys(config, (setting, { message }) => {
    stderr.write(`sallyport: ${setting}: ${message}\n`);
  });
  const counted = await readCredentialsByKey(context, config);
  if ('problem' in counted) stderr.write(`sallyport: credentials are not counted: ${counted.problem}\n`);
  const { known, unknown } = 'problem' in counted ? { known: undefined, unknown: 0 } : counted;
  const listed = new Set(keys.map(({ kid }) => kid));
  return [
    ...keys.map((key) => ({
      ...key,
      credentials: key.use === 'credential' && known ? (known.get(key.kid) ?? 0) : undefined,
    })),
    ...[...(known ?? [])]
      .filter(([kid]) => !listed.has(kid))
      .map(([kid, credentials]) => ({ use: 'credential', kid, state: 'in no file', credentials })),
    ...(unknown > 0
      ? [{ use: 'credential', kid: undefined, state: 'not recorded', credentials: unknown }]
      : []),
  ];
}

function describeAge(createdAt: number | undefined, now: number): string {
  if (createdAt === undefined) return 'unknown';
  const days = Math.max(0, Math.floor((now - createdAt) / DAY_MS));
  return days === 1 ? '1 day' : `${days} days`;
}
