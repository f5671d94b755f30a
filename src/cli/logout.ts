import type { Command } from 'commander';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { readProfiles, writeProfiles } from './profiles/profiles.ts';
import { profileOption } from './server-options.ts';
import { UsageError } from './usage-error.ts';

interface LogoutOptions {
  readonly profile?: string;
}

export function addLogout(program: Command, context: CliContext): void {
  const command = program
    .command('logout')
    .summary('forget a profile and its credential')
    .description(
      'Removes a profile with its credential from the file. The credential itself stays valid: sa revoke revokes it.',
    )
    .addOption(profileOption('which one (default: the current one)'))
    .action((options: LogoutOptions) => logout(context, options));
  addExamples(command, [['sallyport logout --profile staging', 'forget one']]);
}

async function logout(context: CliContext, options: LogoutOptions): Promise<void> {
  const { current, profiles } = await readProfiles(context);
  const name = options.profile ?? (context.env.SALLYPORT_PROFILE || current);
  if (name === undefined || !Object.hasOwn(profiles, name))
    throw new UsageError(
      `there is no ${name === undefined ? 'current profile' : `profile ${JSON.stringify(name)}`}: see sallyport profile list`,
    );
  const { [name]: _gone, ...kept } = profiles;
  await writeProfiles(context, {
    ...(current !== undefined && current !== name && { current }),
    profiles: kept,
  });
  context.stdout.write(`Profile ${name} is forgotten.\n`);
}
