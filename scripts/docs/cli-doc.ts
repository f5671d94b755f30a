import type { Argument, Command, Option } from 'commander';
import { examplesOf } from '../../src/cli/add-examples.ts';

/** Where the generated part of `docs/cli.md` begins. */
export const MARKER =
  '<!-- From here on written by `node --import tsx scripts/write-cli-doc.ts` from the verbs in src/cli. -->';

/** `docs/cli.md`: what is written by hand up to the marker stays, the reference of every verb comes after it. */
export function writeCliDoc(current: string, program: Command): string {
  const [introduction = ''] = current.split(MARKER);
  const verbs = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help')
    .flatMap((command) => leavesOf(command, program.name()));
  const contents = verbs.map(
    ({ name, command }) => `| [\`${name}\`](#${name.replaceAll(' ', '-')}) | ${cell(command.summary())} |`,
  );
  return [
    `${introduction.trimEnd()}\n\n${MARKER}`,
    '## Reference',
    ['| verb | what it does |', '| --- | --- |', ...contents].join('\n'),
    ...verbs.map(({ name, command }) => describeVerb(name, command)),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

interface Verb {
  readonly name: string;
  readonly command: Command;
}

function leavesOf(command: Command, above: string): Verb[] {
  const name = `${above} ${command.name()}`;
  if (command.commands.length === 0) return [{ name, command }];
  return command.commands.flatMap((below) => leavesOf(below, name));
}

function describeVerb(name: string, command: Command): string {
  const help = command.createHelp();
  const parts = [
    `### ${name}`,
    `\`\`\`text\n${name} ${command.usage()}\n\`\`\``,
    command.description() || sentence(command.summary()),
  ];
  const rows = [
    ...command.registeredArguments.map((argument) =>
      row(argumentName(argument), help.argumentDescription(argument)),
    ),
    ...command.options
      .filter(({ hidden }) => !hidden)
      .map((option: Option) => row(option.flags, help.optionDescription(option))),
  ];
  if (rows.length > 0) parts.push(['| argument or option | meaning |', '| --- | --- |', ...rows].join('\n'));
  const examples = examplesOf(command).map(([line, does]) => `# ${does}\n${line}`);
  if (examples.length > 0) parts.push(`\`\`\`sh\n${examples.join('\n')}\n\`\`\``);
  return parts.join('\n\n');
}

function argumentName(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function row(name: string, meaning: string): string {
  return `| \`${name}\` | ${cell(meaning)} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
