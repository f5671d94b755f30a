import { type Command, InvalidArgumentError, Option } from 'commander';
import type { IdentifierKind } from '../accounts/identifier.ts';
import { Timestamp } from '../accounts/timestamp-schema.ts';
import type { Config } from '../config/config.ts';
import type { ServingVerb } from '../config/cross-checks.ts';
import { parseDuration } from '../config/duration.ts';
import { loadConfig } from '../config/load-config.ts';
import { mistakesOf } from '../text/schema-mistakes.ts';
import type { CliContext } from './cli-context.ts';

/** Options that every verb has. */
export interface CommonOptions {
  readonly config?: string;
  readonly set: Readonly<Record<string, string>>;
  readonly output: 'table' | 'json';
}

export function addConfigOptions(command: Command): Command {
  return command
    .option(
      '--config <file>',
      'configuration file (default: $SALLYPORT_CONFIG, else ./sallyport.yaml where there is one)',
    )
    .addOption(
      new Option(
        '--set <key=value>',
        'a setting that overrides file and environment, such as log.level=debug; may be repeated',
      )
        .argParser(collectSetting)
        .default({}, 'none'),
    );
}

export function addCommonOptions(command: Command): Command {
  return addConfigOptions(command).addOption(outputOption());
}

export function outputOption(): Option {
  return new Option('-o, --output <format>', 'table for people, json for scripts')
    .choices(['table', 'json'])
    .default('table');
}

export function loadCommandConfig(
  context: CliContext,
  options: Pick<CommonOptions, 'config' | 'set'>,
  verb?: ServingVerb,
): Config {
  return loadConfig({ file: options.config, env: context.env, flags: options.set, cwd: context.cwd, verb });
}

function collectSetting(text: string, settings: Record<string, string>): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('expected key=value, such as log.level=debug');
  return { ...settings, [text.slice(0, equals)]: text.slice(equals + 1) };
}

/** An argument that must be an identifier. */
export function argumentOf<Id extends string>(kind: IdentifierKind<Id>): (text: string) => Id {
  return (text) => {
    const id = kind.parse(text);
    if (id === undefined) throw new InvalidArgumentError(`expected ${kind.expected}`);
    return id;
  };
}

/** A moment in milliseconds since the epoch, from RFC 3339 text. */
export function parseTimeArgument(text: string): number {
  const time = Timestamp.safeParse(text);
  if (!time.success) throw new InvalidArgumentError(mistakesOf(time.error)[0]?.message ?? 'expected a time');
  return Date.parse(time.data);
}

/** Milliseconds. */
export function parseDurationArgument(text: string): number {
  const duration = parseDuration(text);
  if (duration === undefined || duration === 0)
    throw new InvalidArgumentError('expected a duration with its unit, such as 12h or 90d');
  return duration;
}

/** A whole number from 1. */
export function parseCountArgument(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('expected a whole number from 1');
  return Number(text);
}

export interface ExpiryOptions {
  readonly expiresAt?: number;
  readonly expiresIn?: number;
}

export function addExpiryOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--expires-at <time>', 'when it expires, such as 2027-01-31T12:00:00Z')
        .argParser(parseTimeArgument)
        .conflicts('expiresIn'),
    )
    .addOption(
      new Option('--expires-in <duration>', 'how long it lives, such as 12h or 90d').argParser(
        parseDurationArgument,
      ),
    );
}

export function expiryOf({ expiresAt, expiresIn }: ExpiryOptions, now: number): number | undefined {
  return expiresIn === undefined ? expiresAt : now + expiresIn;
}
