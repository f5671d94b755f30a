import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { generateKeyFile } from '../tokens/generate-key-file.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';
import { KEY_USES, type KeyUse, PUBLIC_FLAGS, PUBLIC_HELP, publishKeys, signingFile } from './key-files.ts';
import { printJson } from './output.ts';
import { printTable } from './print-table.ts';

interface InitOptions extends CommonOptions {
  readonly only?: KeyUse;
  readonly public?: string;
}

export function addKeyInit(key: Command, context: CliContext): void {
  const command = addCommonOptions(key.command('init'))
    .summary('create the configured keys that are missing')
    .description(
      'Creates the key files that the configuration names (mode 0600) if they are missing. Never changes an existing file.',
    )
    .addOption(new Option('--only <use>', 'create only this key').choices(KEY_USES))
    .option(PUBLIC_FLAGS, PUBLIC_HELP)
    .action((options: InitOptions) => init(context, options));
  addExamples(command, [
    ['sallyport key init', 'both keys'],
    [
      'sallyport key init --only credential --public public.jwks.json',
      'on the machine that issues credentials, with the public keys for its sidecars',
    ],
  ]);
}

async function init(context: CliContext, options: InitOptions): Promise<void> {
  const config = loadCommandConfig(context, options);
  const verifiesOnly = config.keys.credential === undefined;
  const uses = options.only
    ? [options.only]
    : KEY_USES.filter((use) => use !== 'credential' || !verifiesOnly);
  const made: { use: KeyUse; file: string; made: boolean }[] = [];
  for (const use of uses) {
    const file = signingFile(config, use);
    const alg = use === 'assertion' ? 'ES256' : config.keys.algorithm;
    made.push({ use, file, made: await generateKeyFile(file, alg, context.clock()) });
  }
  const published = options.public === undefined ? undefined : resolve(context.cwd, options.public);
  await publishKeys(config, published);
  if (options.output === 'json') return printJson(context.stdout, { keys: made, public: published ?? null });
  printTable(
    context,
    ['USE', 'STATE', 'FILE'],
    made.map(({ use, file, made }) => [use, made ? 'made' : 'was there', file]),
  );
  if (published !== undefined) context.stdout.write(`The public keys are in ${published}.\n`);
}
