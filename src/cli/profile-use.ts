import { Argument, type Command } from 'commander';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { readProfiles, writeProfiles } from './profiles/profiles.ts';
import { parseProfileName } from './server-options.ts';
import { UsageError } from './usage-error.ts';

interface UseOptions {
  readonly none?: true;
}

export function addProfileUse(profile: Command, context: CliContext): void {
  const command = profile
    .command('use')
    .summary('make a profile the current one, or none')
    .description(
      'Makes a profile the current one: verbs work on its server where nothing else is said. With --none they work on the store of this machine again.',
    )
    .addArgument(new Argument('[name]', 'the profile').argParser(parseProfileName))
    .option('--none', 'no profile: the store of this machine')
    .action((name: string | undefined, { none }: UseOptions) => {
      if ((name === undefined) === (none === true)) return use(context, name);
      return command.error('error: expected either a profile or --none', { exitCode: 2 });
    });
  addExamples(command, [
    ['sallyport profile use staging', 'work on that server from now on'],
    ['sallyport profile use --none', 'work on the store of this machine again'],
  ]);
}

async function use(context: CliContext, name: string | undefined): Promise<void> {
  const { profiles } = await readProfiles(context);
  if (name !== undefined && !Object.hasOwn(profiles, name))
    throw new UsageError(`there is no profile ${JSON.stringify(name)}: see sallyport profile list`);
  await writeProfiles(context, { ...(name !== undefined && { current: name }), profiles });
  context.stdout.write(
    name === undefined
      ? 'No profile is current: verbs work on the store of this machine.\n'
      : `Profile ${name} is current: verbs work on ${profiles[name]?.server}.\n`,
  );
}
