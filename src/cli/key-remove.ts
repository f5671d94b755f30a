import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { suggestName } from '../policy/suggest-name.ts';
import { AccountError } from '../resources/account-error.ts';
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
import { printJson } from './output.ts';

interface KeyOptions extends CommonOptions {
  readonly public?: string;
}

export function addKeyRemove(key: Command, context: CliContext): void {
  const command = addCommonOptions(key.command('remove'))
    .summary('take an old key out: what it signed is refused at once')
    .description(
      'Takes a key out of its file. What it signed is refused as soon as a running serve has taken the file up, within a second. The key that signs can’t be removed: rotate first, and a key that got into wrong hands is gone with two commands.',
    )
    .argument('<kid>', 'the key; key list shows them')
    .option(PUBLIC_FLAGS, PUBLIC_HELP)
    .action((kid: string, options: KeyOptions) => change(context, kid, options, removeKey, 'removed'));
  addExamples(command, [['sallyport key remove 9sOPzlX6vR…', 'refuse what that key signed']]);
}

export function addKeyPromote(key: Command, context: CliContext): void {
  const command = addCommonOptions(key.command('promote'))
    .summary('let a key that only verified sign from now on')
    .description(
      'Lets a key that was added with key rotate --next (or one from before) sign from now on. All others of the file still verify.',
    )
    .argument('<kid>', 'the key; key list shows them')
    .option(PUBLIC_FLAGS, PUBLIC_HELP)
    .action((kid: string, options: KeyOptions) => change(context, kid, options, promoteKey, 'signs'));
  addExamples(command, [
    ['sallyport key promote 9sOPzlX6vR…', 'second of two steps, after key rotate --next'],
  ]);
}

async function change(
  context: CliContext,
  kid: string,
  options: KeyOptions,
  work: (file: string, kid: string) => Promise<void>,
  state: 'removed' | 'signs',
): Promise<void> {
  const config = loadCommandConfig(context, options);
  const { use, file } = await findKey(config, kid);
  await work(file, kid);
  const published = options.public === undefined ? undefined : resolve(context.cwd, options.public);
  await publishKeys(config, published);
  if (options.output === 'json')
    return printJson(context.stdout, { use, kid, state, file, public: published ?? null });
  context.stdout.write(
    state === 'removed' ? `${kid} is removed from ${file}.\n` : `${kid} in ${file} signs from now on.\n`,
  );
}

/** The file that signs before one that holds the public half alone. */
async function findKey(config: Config, kid: string): Promise<ConfiguredKey> {
  const keys = await listConfiguredKeys(config, () => undefined);
  const found = keys.filter((key) => key.kid === kid);
  if (found.length > 1)
    throw new AccountError(
      `the key ${kid} is in ${found.map(({ file }) => file).join(' and in ')}: change the files themselves`,
    );
  const [key] = found;
  if (!key)
    throw new AccountError(
      `there is no key ${JSON.stringify(kid)}${suggestName(
        kid,
        keys.map((one) => one.kid),
      )}: see sallyport key list`,
    );
  return key;
}
