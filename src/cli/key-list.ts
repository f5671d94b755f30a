import type { Command } from 'commander';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';
import { listConfiguredKeys } from './key-files.ts';
import { printJson, printTable } from './output.ts';

const DAY_MS = 86_400_000;

export function addKeyList(key: Command, context: CliContext): void {
  const command = addCommonOptions(key.command('list'))
    .summary('list the keys of the configured files; never their private parts')
    .description(
      'Lists every key of the files that the configuration names: what it is for, and whether it signs or only verifies.',
    )
    .action((options: CommonOptions) => list(context, options));
  addExamples(command, [['sallyport key list', 'which key signs, which ones still verify']]);
}

async function list(context: CliContext, options: CommonOptions): Promise<void> {
  const config = loadCommandConfig(context, options);
  const keys = await listConfiguredKeys(config, (setting, { message }) => {
    context.stderr.write(`sallyport: ${setting}: ${message}\n`);
  });
  if (options.output === 'json')
    return printJson(
      context.stdout,
      keys.map(({ use, kid, alg, state, file, createdAt }) => ({
        use,
        kid,
        algorithm: alg,
        state,
        file,
        created_at: createdAt === undefined ? null : new Date(createdAt).toISOString(),
      })),
    );
  const now = context.clock();
  printTable(
    context.stdout,
    ['USE', 'KID', 'ALGORITHM', 'STATE', 'AGE', 'FILE'],
    keys.map(({ use, kid, alg, state, file, createdAt }) => [
      use,
      kid,
      alg,
      state,
      describeAge(createdAt, now),
      file,
    ]),
  );
}

function describeAge(createdAt: number | undefined, now: number): string {
  if (createdAt === undefined) return 'unknown';
  const days = Math.max(0, Math.floor((now - createdAt) / DAY_MS));
  return days === 1 ? '1 day' : `${days} days`;
}
