import { Readable, Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import type { Argument, Command, Option } from 'commander';
import type { ResourceKind } from '../manifests/resource.ts';
import type { CliContext } from './cli-context.ts';
import { KIND_NAMES, parseKindArgument } from './kind-name.ts';
import { readProfiles } from './profiles/profiles.ts';
import { listResources } from './read-resources.ts';
import { withClient } from './with-client.ts';

/** The shells' scripts call it. It is not a verb, because its words are an unfinished command line. */
export const COMPLETE = '__complete';

/** Milliseconds. */
const TIMEOUT = 1000;

interface Candidate {
  readonly word: string;
  readonly meaning: string;
}

/** Writes candidates for the last word. Never rejects and reports no errors. */
export async function complete(
  program: Command,
  words: readonly string[],
  context: CliContext,
): Promise<void> {
  const found = await candidatesFor(program, joinEquals(words), context).catch(() => []);
  for (const { word, meaning } of found)
    context.stdout.write(`${word}\t${meaning.split(/[.:;]/, 1)[0]?.replaceAll(/[\t\n]/g, ' ')}\n`);
}

/** bash makes three words of `--flag=value`. */
function joinEquals(words: readonly string[]): Words {
  const joined: string[] = [];
  let isBroken = false;
  for (const [index, word] of words.entries()) {
    const [before, after] = [words[index - 1], words[index + 1]];
    if (word === '=' && before?.startsWith('--')) {
      joined.push(`${joined.pop()}=`);
      isBroken = after === undefined || index + 2 === words.length;
    } else if (before === '=' && words[index - 2]?.startsWith('--')) joined.push(`${joined.pop()}${word}`);
    else joined.push(word);
  }
  return { before: joined.slice(0, -1), current: joined.at(-1) ?? '', isBroken };
}

interface Words {
  readonly before: readonly string[];
  readonly current: string;
  /** Whether the shell splits `--flag=value` into three words. */
  readonly isBroken: boolean;
}

/** The parsed words before the cursor. */
interface Read {
  readonly command: Command;
  /** The positional words of the command. */
  readonly given: readonly string[];
  readonly flags: Readonly<Record<string, string>>;
  /** The option whose value stands at the cursor. */
  readonly awaiting: Option | undefined;
}

function read(program: Command, words: readonly string[]): Read {
  let command = program;
  const given: string[] = [];
  const flags: Record<string, string> = {};
  let awaiting: Option | undefined;
  for (const word of words) {
    if (awaiting) {
      flags[awaiting.attributeName()] = word;
      awaiting = undefined;
    } else if (word.startsWith('-')) {
      const [name, value] = splitFlag(word);
      const option = command.options.find(({ long, short }) => long === name || short === name);
      if (option?.required && value === undefined) awaiting = option;
      else if (option && value !== undefined) flags[option.attributeName()] = value;
    } else {
      const below = command.commands.find((verb) => verb.name() === word || verb.aliases().includes(word));
      if (below) command = below;
      else given.push(word);
    }
  }
  return { command, given, flags, awaiting };
}

function splitFlag(word: string): [name: string, value: string | undefined] {
  const equals = word.indexOf('=');
  return equals === -1 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

async function candidatesFor(program: Command, words: Words, context: CliContext): Promise<Candidate[]> {
  const { before, current } = words;
  const line = read(program, before);
  const { command, given, awaiting } = line;
  const starting = (prefix: string, found: readonly Candidate[]) =>
    found.filter(({ word }) => word.startsWith(prefix));
  if (awaiting) return starting(current, await valuesOf(awaiting, line, context));
  if (current.startsWith('-')) {
    const [name, value] = splitFlag(current);
    if (value === undefined) return starting(current, flagsOf(command));
    const option = command.options.find(({ long }) => long === name);
    const found = option ? starting(value, await valuesOf(option, line, context)) : [];
    return words.isBroken ? found : found.map(({ word, meaning }) => ({ word: `${name}=${word}`, meaning }));
  }
  if (command.commands.length > 0) {
    if (given.length > 0) return [];
    return starting(
      current,
      command
        .createHelp()
        .visibleCommands(command)
        .map((verb) => ({ word: verb.name(), meaning: verb.summary() })),
    );
  }
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  const argument = registeredArguments[given.length] ?? (last?.variadic ? last : undefined);
  return argument ? starting(current, await valuesOf(argument, line, context)) : [];
}

function flagsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => ({ word: long ?? short ?? '', meaning: description }));
}

/** Kinds of resources whose ids an option or argument takes, by its name. */
const IDS: Readonly<Record<string, ResourceKind>> = {
  namespace: 'Namespace',
  account: 'ServiceAccount',
};

async function valuesOf(
  wanted: Option | Argument,
  { command, given, flags }: Read,
  context: CliContext,
): Promise<Candidate[]> {
  if (wanted.argChoices) return wanted.argChoices.map((word) => ({ word, meaning: '' }));
  const name = 'attributeName' in wanted ? wanted.attributeName() : wanted.name();
  if (name === 'kind') return KIND_NAMES.map((word) => ({ word, meaning: '' }));
  if (name === 'profile' || (name === 'name' && command.parent?.name() === 'profile'))
    return Object.entries((await readProfiles(context)).profiles).map(([word, { server }]) => ({
      word,
      meaning: server,
    }));
  const kind =
    (name === 'id' || name === 'ids') && !('attributeName' in wanted) ? kindOfId(command, given) : IDS[name];
  return kind === undefined ? [] : idsOf(kind, flags, context);
}

/** The kind of the positional `id` of a verb. */
function kindOfId(command: Command, [kind]: readonly string[]): ResourceKind | undefined {
  if (command.parent?.name() === 'sa') return 'ServiceAccount';
  return kind === undefined ? undefined : parseKindArgument(kind);
}

async function idsOf(
  kind: ResourceKind,
  { config, server, profile, ca, tokenFile }: Readonly<Record<string, string>>,
  context: CliContext,
): Promise<Candidate[]> {
  // Completion must not read standard input.
  if (tokenFile === '-') return [];
  const silent = {
    ...context,
    stdin: Readable.from([]),
    stderr: new Writable({ write: (_chunk, _encoding, done) => done() }),
  };
  const options = {
    set: {},
    ...(config !== undefined && { config }),
    ...(server !== undefined && { server }),
    ...(profile !== undefined && { profile }),
    ...(ca !== undefined && { ca }),
    ...(tokenFile !== undefined && { tokenFile }),
  };
  const listed = withClient(silent, options, (client) => listResources(client, kind, undefined));
  const found = await Promise.race([listed, setTimeout(TIMEOUT, [], { ref: false })]);
  return found.map(({ resource: { spec } }) => ({
    word: spec.id,
    meaning: ('description' in spec && spec.description) || ('name' in spec && spec.name) || kind,
  }));
}
