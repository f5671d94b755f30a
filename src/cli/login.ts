import type { Command } from 'commander';
import { parseServerUrl, SERVER_EXPECTED } from '../client/server-url.ts';
import { printable } from '../text/printable.ts';
import { addExamples } from './add-examples.ts';
import { caFileOf, readCa } from './choose-server.ts';
import type { CliContext } from './cli-context.ts';
import type { Profile, ProfileFile } from './profiles/profile-file.ts';
import { readProfiles, writeProfiles } from './profiles/profiles.ts';
import { credentialIn, readSecret } from './read-credential.ts';
import { addServerOption, profileOption, type ServerOptions } from './server-options.ts';
import { UsageError } from './usage-error.ts';
import { askWhoami } from './whoami.ts';

type LoginOptions = Omit<ServerOptions, 'tokenFile'>;

/** The name of the first profile. */
const USUAL = 'default';

export function addLogin(program: Command, context: CliContext): void {
  const command = addServerOption(program.command('login'))
    .summary('sign in to an admin API, and keep the credential in a profile')
    .description(
      'Reads a credential for the admin API (a JWT, or what bootstrap and sa rotate print with -o json) from standard input, from a terminal without showing it, checks it with the server, and saves both in a profile, which becomes the current one. Verbs that can call an admin API then call that one. Profiles are in $XDG_CONFIG_HOME/sallyport/profiles.json, else ~/.config/sallyport/profiles.json, or in the file that SALLYPORT_PROFILES names; only this user may read it.',
    )
    .addOption(profileOption('name of the profile (default: the current profile, else "default")'))
    .action((options: LoginOptions) => login(context, options));
  addExamples(command, [
    ['sallyport login --server https://sallyport.example.com:9192', 'asks for the credential'],
    [
      'sallyport bootstrap --id alice -o json | sallyport login --server unix:/run/sallyport/admin.sock',
      'the first admin, on the machine itself',
    ],
  ]);
}

async function login(context: CliContext, options: LoginOptions): Promise<void> {
  const file = await readProfiles(context);
  const name = options.profile ?? (context.env.SALLYPORT_PROFILE || file.current || USUAL);
  const profile = await profileFor(context, options, file, name);
  const server = parseServerUrl(profile.server);
  if (!server) throw new UsageError(SERVER_EXPECTED);
  const ca = profile.ca === undefined ? undefined : await readCa(profile.ca);
  const input = await readSecret(
    context.stdin,
    context.stderr,
    `Credential for ${server.text} (not shown): `,
  );
  const token = credentialIn(input, 'standard input');

  const { account, namespace } = await askWhoami({ server, ca, token });
  const path = await writeProfiles(context, {
    current: name,
    profiles: { ...file.profiles, [name]: { ...profile, token } },
  });
  context.stdout.write(
    `Signed in to ${server.text} as ${printable(account)} of ${printable(namespace)}; profile ${name} in ${path}.\n`,
  );
}

/** The new profile without its credential. */
async function profileFor(
  context: CliContext,
  options: LoginOptions,
  { profiles }: ProfileFile,
  name: string,
): Promise<Omit<Profile, 'token'>> {
  const current = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  const asked = options.server ?? (context.env.SALLYPORT_SERVER || current?.server);
  if (asked === undefined) throw new UsageError('which admin API? name it with --server URL');
  const server = parseServerUrl(asked);
  if (!server) throw new UsageError(SERVER_EXPECTED);
  if (current && current.server !== server.text)
    throw new UsageError(
      `profile ${name} is for ${current.server}: choose another name with --profile NAME, or take it away with: sallyport logout --profile ${name}`,
    );
  const ca = caFileOf(context, options.ca, server, current?.ca);
  return { server: server.text, ...(ca !== undefined && { ca }) };
}
