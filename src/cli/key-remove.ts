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
  readCredentialsByKey,
} from './key-files.ts';
import { NOTHING_WRITTEN, printJson } from './output.ts';

interface KeyOptions extends CommonOptions {
  readonly public?: string;
}

interface RemoveOptions extends KeyOptions {
  readonly force?: true;
  readonly dryRun?: true;
}

export function addKeyRemove(key: Command, context: CliContext): void {
  const command = addCommonOptions(key.command('remove'))
    .summary('remove an old key: credentials that it signed are refused at once')
    .description(
      'Removes a key from its file. A running serve reads the file within a second and then refuses tokens that the key signed. A key with valid credentials, or with credentials that may be its own, is not removed: rotate them first (sa rotate), or use --force. The signing key cannot be removed. To remove a leaked key, use key rotate, then key remove --force.',
    )
    .argument('<kid>', 'the key; key list shows them')
    .option(PUBLIC_FLAGS, PUBLIC_HELP)
    .option('--force', 'remove it even if valid credentials are refused from then on')
    .option('--dry-run', 'say whether it could be removed, and write nothing')
    .action((kid: string, options: RemoveOptions) => remove(context, kid, options));
  addExamples(command, [
    ['sallyport key remove 9sOPzlX6vR…', 'the old key, once its credentials are no longer used'],
    ['sallyport key remove 9sOPzlX6vR… --force', 'refuse what that key signed, at once'],
  ]);
}

export function addKeyPromote(key: Command, context: CliContext): void {
  const command = addCommonOptions(key.command('promote'))
    .summary('make a key that only verifies the signing key')
    .description(
      'Makes a key that key rotate --next added, or an older key, the signing key. All other keys of the file still verify.',
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

/** Rejects with `OperationError` if callers would be refused, or if that is unknown. */
async function refuseInUse(context: CliContext, config: Config, kid: string): Promise<void> {
  const counted = await readCredentialsByKey(context, config);
  if ('problem' in counted)
    throw new OperationError(
      'unprocessable',
      `cannot count the credentials that ${kid} has signed, so it was not removed: ${counted.problem}; add --force to remove it all the same`,
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

/** Rejects with `OperationError` if no file or more than one has the key. */
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
