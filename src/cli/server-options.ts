import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseServerUrl, SERVER_EXPECTED } from '../client/server-url.ts';
import { addConfigOptions, type CommonOptions, outputOption } from './command-options.ts';
import { PROFILE_NAME, PROFILE_NAME_EXPECTED } from './profiles/profile-file.ts';

/** The admin API that a verb calls, and its credential. */
export interface ServerOptions {
  readonly server?: string;
  readonly profile?: string;
  readonly ca?: string;
  readonly tokenFile?: string;
}

/** Options of verbs that use the local store or an admin API. */
export type OperatorOptions = CommonOptions & ServerOptions;

/** Options of verbs that use the local store or an admin API. */
export function addTargetOptions(command: Command): Command {
  return addServerOptions(addConfigOptions(command));
}

/** The same with `--output`. */
export function addOperatorOptions(command: Command): Command {
  return addTargetOptions(command).addOption(outputOption());
}

export function addServerOptions(command: Command): Command {
  return addServerOption(command)
    .addOption(profileOption('the profile whose server and credential to use (see login)'))
    .addOption(new Option('--token-file <file>', 'the credential for the server, or - for standard input'));
}

export function addServerOption(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--server <url>',
        'work on this admin API instead of the store: https://host[:port], or unix:/path/to/admin.sock',
      ).argParser((text) => {
        if (parseServerUrl(text)) return text;
        throw new InvalidArgumentError(SERVER_EXPECTED);
      }),
    )
    .option('--ca <file>', 'PEM certificates that sign the server’s (default: those of the system)');
}

export function profileOption(meaning: string): Option {
  return new Option('--profile <name>', meaning).argParser(parseProfileName);
}

export function parseProfileName(text: string): string {
  if (PROFILE_NAME.test(text)) return text;
  throw new InvalidArgumentError(PROFILE_NAME_EXPECTED);
}
