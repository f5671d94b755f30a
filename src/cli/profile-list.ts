import type { Command } from 'commander';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { outputOption } from './command-options.ts';
import { printJson } from './output.ts';
import { printTable } from './print-table.ts';
import { readProfiles } from './profiles/profiles.ts';

interface ListOptions {
  readonly output: 'table' | 'json';
}

export function addProfileList(profile: Command, context: CliContext): void {
  const command = profile
    .command('list')
    .summary('show the profiles; never a credential')
    .addOption(outputOption())
    .action((options: ListOptions) => list(context, options));
  addExamples(command, [['sallyport profile list', 'which there are, and which is the current one']]);
}

async function list(context: CliContext, { output }: ListOptions): Promise<void> {
  const { current, profiles } = await readProfiles(context);
  const known = Object.entries(profiles).map(([name, { server, ca, token }]) => ({
    name,
    server,
    ca: ca ?? null,
    current: name === current,
    signed_in: token !== undefined,
  }));
  if (output === 'json') return printJson(context.stdout, known);
  printTable(
    context,
    ['PROFILE', 'SERVER', 'CA', 'CURRENT'],
    known.map(({ name, server, ca, current }) => [name, server, ca ?? '', current ? 'yes' : '']),
  );
}
