import { type Command, InvalidArgumentError, Option } from 'commander';
import type { IdentifierKind } from '../accounts/identifier.ts';
import { Timestamp } from '../accounts/timestamp-schema.ts';
import type { Config } from '../config/config.ts';
import type { ServingVerb } from '../config/cross-checks.ts';
import { parseDuration } from '../config/duration.ts';
import { loadConfig } from '../config/load-config.ts';
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
        .argParser(collectPairs('log.level=debug'))
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

type Pairs = Readonly<Record<string, string>>;

/** Collects the values of an option that takes `key=value` and may be repeated. */
export function collectPairs(example: string): (text: string, before: Pairs) => Pairs {
  return (text, before) => {
    const equals = text.indexOf('=');
    if (equals < 1) throw new InvalidArgumentError(`expected key=value, such as ${example}`);
    return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
  };
}

/** An argument that must be an identifier. */
export function argumentOf<Id extends string>(kind: IdentifierKind<Id>): (text: string) => Id {
  return (text) => {
    const id = kind.parse(text);
    if (id === undefined) throw new InvalidArgumentError(`expected ${kind.expected}`);
    return id;
  };
}

/** The same for arguments that may be several. */
export function eachArgumentOf<Id extends string>(
  kind: IdentifierKind<Id>,
): (text: string, before: readonly Id[] | undefined) => readonly Id[] {
  const parse = argumentOf(kind);
  return (text, before = []) => [...before, parse(text)];
}

const TIME_EXPECTED = 'a date such as 2027-01-31 (its start, UTC) or a time such as 2027-01-31T12:00:00Z';
const DURATION_EXPECTED = 'a duration with its unit, up to 100y, such as 12h, 90d, 6w or 1y';

/** A moment in milliseconds since the epoch, from an RFC 3339 time or date; undefined if the text is neither. */
export function parseTime(text: string): number | undefined {
  const time = Timestamp.safeParse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  return time.success ? Date.parse(time.data) : undefined;
}

export function parseTimeArgument(text: string): number {
  const time = parseTime(text);
  if (time === undefined) throw new InvalidArgumentError(`expected ${TIME_EXPECTED}`);
  return time;
}

/** What a time still holds, added to now. */
const LONGEST = 100 * 365 * 86_400_000;

/** Milliseconds; undefined if the text is no duration of up to 100 years. */
function parseSpan(text: string): number | undefined {
  const duration = parseDuration(text);
  return duration !== undefined && duration <= LONGEST ? duration : undefined;
}

/** Milliseconds. */
export function parseDurationArgument(text: string): number {
  const duration = parseSpan(text);
  if (!duration) throw new InvalidArgumentError(`expected ${DURATION_EXPECTED}`);
  return duration;
}

/** Milliseconds: since the epoch, or before now. */
export type Since = { readonly at: number } | { readonly ago: number };

export function parseSince(text: string): Since {
  const ago = parseSpan(text);
  if (ago !== undefined) return { ago };
  const at = parseTime(text);
  if (at !== undefined) return { at };
  throw new InvalidArgumentError(`expected ${TIME_EXPECTED}, or how long ago, such as 15m`);
}

/** Milliseconds since the epoch. */
export function timeOf(since: Since, now: number): number {
  return 'at' in since ? since.at : now - since.ago;
}

/** A whole number from 1. */
export function parseCountArgument(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('expected a whole number from 1');
  return Number(text);
}

/** Milliseconds: since the epoch, or from now on. */
type Expiry = { readonly at: number } | { readonly after: number } | 'never';

export interface ExpiryOptions {
  readonly expires?: Expiry;
  readonly expiresAt?: Expiry;
  readonly expiresIn?: Expiry;
}

export function addExpiryOptions(command: Command): Command {
  const synonym = (flags: string) => new Option(flags).argParser(parseExpiry).hideHelp();
  return command
    .addOption(
      new Option(
        '--expires <when>',
        'when it expires: a duration such as 12h, 90d, 6w or 1y (365 days), a date such as 2027-01-31 (its start, UTC), a time such as 2027-01-31T12:00:00Z, or never',
      )
        .argParser(parseExpiry)
        .conflicts(['expiresAt', 'expiresIn']),
    )
    .addOption(synonym('--expires-at <when>').conflicts('expiresIn'))
    .addOption(synonym('--expires-in <when>'));
}

function parseExpiry(text: string): Expiry {
  if (text === 'never') return text;
  const after = parseSpan(text);
  if (after) return { after };
  const at = parseTime(text);
  if (at !== undefined) return { at };
  throw new InvalidArgumentError(`expected ${DURATION_EXPECTED}, ${TIME_EXPECTED}, or never`);
}

/** Undefined: never. */
export function expiryOf({ expires, expiresAt, expiresIn }: ExpiryOptions, now: number): number | undefined {
  const expiry = expires ?? expiresAt ?? expiresIn ?? 'never';
  if (expiry === 'never') return undefined;
  return 'at' in expiry ? expiry.at : now + expiry.after;
}

/** The same as the field of an operation. */
export function expiryField(options: ExpiryOptions, now: number): { readonly expires_at?: string } {
  const time = expiryOf(options, now);
  return time === undefined ? {} : { expires_at: new Date(time).toISOString() };
}
