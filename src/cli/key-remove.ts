import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { keyFileTrust } from '../config/key-files.ts';
import { OperationError } from '../contract/operation-error.ts';
import { suggestName } from '../text/suggest-name.ts';
import { promoteKey, removeKey } from '../tokens/rotate-key-file.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';
import {
  type ConfiguredKey,
  listConfiguredKeys,
  PUBLIC_FLAGS,
  PUBLIC_HELP,
  publishKeys,
} from './key-files.ts';
import { NOTHING_WRITTEN, printJson } from './output.ts';
import { readCredentialsByKey } from './read-credentials-by-key.ts';

interface KeyOptions extends CommonOptions {
  readonly public?: string;
}

interface RemoveOptions extends KeyOptions {
  readonly force?: true;
  readonly dryRun?: true;
}

export function addKeyRemove(key: Command, context: CliContext): void {
  const command = addCommonOptions(key.command('remove'))
    .summary('take an old key out: what it signed is refused at once')
    .description(
      'Takes a key out of its file. What it signed is refused as soon as a running serve has taken the file up, within a second. As long as it has signed credentials that are good, or there are some that do not say by which key, it stays: rotate them first (sa rotate), or say --force. The key that signs can’t be removed: a key that got into wrong hands is gone with key rotate and key remove --force.',
    )
    .argument('<kid>', 'the key; key list shows them')
    .option(PUBLIC_FLAGS, PUBLIC_HELP)
    .option('--force', 'remove it though credentials that are good are refused from then on')
    .option('--dry-run', 'say whether it could be removed, and write nothing')
    .action((kid: string, options: RemoveOptions) => remove(context, kid, options));
  addExamples(command, [
    ['sallyport key remove 9sOPzlX6vR…', 'the old key, once nothing that it signed is in use'],
    ['sallyport key remove 9sOPzlX6vR… --force', 'refuse what that key signed, at once'],
  ]);
}

export function addKeyPromote(key: Command, context: CliContext): void {
  const command = addCommonOptions(key.command('promote'))
    .summary('let a key that only verified sign from now on')
    .description(
      'Lets a key that was added with key rotate --next (or one from before) sign from now on. All others of the file still verify.',
    )
    .argument('<kid>', 'the key; key list shows them')
    .option(PUBLIC_FLAGS, PUBLIC_HELP)
    .action((kid: string, options: KeyOptions) => promote(context, kid, options));
  addExamples(command, [
    ['sallyport key promote 9sOPzlX6vR…', 'second of two steps, after key rotate --next'],
  ]);
}

async function remove(context: CliContext, kid: string, options: RemoveOptions): Promise<void> {
  const config = loadCommandConfig(context, options);
  const key = await findKey(config, kid);
  const dryRun = options.dryRun === true;
  const trust = keyFileTrust(config);
  await removeKey(key.file, kid, { dryRun: true, trust });
  if (!options.force && key.use === 'credential') await refuseInUse(context, config, kid);
  if (!dryRun) await removeKey(key.file, kid, { trust });
  await finish(context, config, options, dryRun ? undefined : 'removed', key);
}

async function promote(context: CliContext, kid: string, options: KeyOptions): Promise<void> {
  const config = loadCommandConfig(context, options);
  const key = await findKey(config, kid);
  await promoteKey(key.file, kid, { trust: keyFileTrust(config) });
  await finish(context, config, options, 'signs', key);
}

/** Throws `OperationError` where callers would be refused, or where that can't be told. */
async function refuseInUse(context: CliContext, config: Config, kid: string): Promise<void> {
  const counted = await readCredentialsByKey(context, config);
  if ('problem' in counted)
    throw new OperationError(
      'unprocessable',
      `which credentials ${kid} has signed can't be told, and it was not removed: ${counted.problem}; add --force to remove it all the same`,
    );
  const signed = counted.known.get(kid) ?? 0;
  const reasons = [
    ...(signed > 0 ? [`it signed ${signed} live ${signed === 1 ? 'credential' : 'credentials'}`] : []),
    ...(counted.unknown > 0
      ? [`it may have signed ${counted.unknown} live credentials that a version without key ids issued`]
      : []),
  ];
  if (reasons.length === 0) return;
  throw new OperationError(
    'unprocessable',
    `${kid} was not removed: ${reasons.join(', and ')}. Rotate those accounts (sallyport sa rotate) and revoke the old credentials first, or add --force to have them refused`,
  );
}

async function finish(
  context: CliContext,
  config: Config,
  options: KeyOptions,
  state: 'removed' | 'signs' | undefined,
  { use, file, kid }: ConfiguredKey,
): Promise<void> {
  const wanted = state === undefined ? undefined : options.public;
  const published = wanted === undefined ? undefined : resolve(context.cwd, wanted);
  if (state !== undefined) await publishKeys(config, published);
  if (options.output === 'json')
    return printJson(context.stdout, {
      use,
      kid,
      ...(state === undefined ? { dry_run: true } : { state }),
      file,
      public: published ?? null,
    });
  const said = {
    removed: `${kid} is removed from ${file}.`,
    signs: `${kid} in ${file} signs from now on.`,
  };
  context.stdout.write(
    `${state === undefined ? `${kid} would be removed from ${file}. ${NOTHING_WRITTEN}` : said[state]}\n`,
  );
}

/** The file that signs before one that holds the public half alone. */
async function findKey(config: Config, kid: string): Promise<ConfiguredKey> {
  const keys = await listConfiguredKeys(config, () => undefined);
  const found = keys.filter((key) => key.kid === kid);
  if (found.length > 1)
    throw new OperationError(
      'unprocessable',
      `the key ${kid} is in ${found.map(({ file }) => file).join(' and in ')}: change the files themselves`,
    );
  const [key] = found;
  if (!key)
    throw new OperationError(
      'unprocessable',
      `there is no key ${JSON.stringify(kid)}${suggestName(
        kid,
        keys.map((one) => one.kid),
      )}: see sallyport key list`,
    );
  return key;
}
