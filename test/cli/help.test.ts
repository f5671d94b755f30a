import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { Command } from 'commander';
import { writeCliDoc } from '../../scripts/docs/cli-doc.ts';
import { examplesOf } from '../../src/cli/add-examples.ts';
import { createProgram } from '../../src/cli/run-cli.ts';
import { commandLine, createContext } from '../support/command-line.ts';

const line = commandLine('/nonexistent');

function verbs(command: Command, above: readonly string[] = []): { words: string[]; command: Command }[] {
  return command.commands.flatMap((verb) => {
    const words = [...above, verb.name()];
    return verb.commands.length === 0 ? [{ words, command: verb }] : verbs(verb, words);
  });
}

const program = createProgram(createContext('/nonexistent'), '0.0.0');

describe('a slip is met with a suggestion and exit code 2', () => {
  const slips: [args: string[], suggestion: RegExp][] = [
    [['aply'], /Did you mean apply\?/],
    [['sa', 'lst'], /Did you mean list\?/],
    [['key', 'rotat'], /Did you mean rotate\?/],
    [['export', '--namspace', 'x'], /Did you mean --namespace\?/],
    [['apply', '-f', '-', '--dryrun'], /Did you mean --dry-run\?/],
    [['get', 'rout'], /did you mean "routes?"\?/],
    [['get', 'routes', '-o', 'xml'], /Allowed choices are yaml, json, table/],
  ];
  for (const [args, suggestion] of slips)
    test(args.join(' '), async () => {
      const { code, stderr } = await line.run(args);
      assert.equal(code, 2);
      assert.match(stderr, suggestion);
      assert.match(stderr, /add --help for what there is/);
    });
});

describe('help', () => {
  for (const { words, command } of verbs(program))
    test(`of ${words.join(' ')} says what it does, and ends well`, async () => {
      const { code, stdout } = await line.run([...words, '--help']);
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`^Usage: sallyport ${words.join(' ')}`));
      assert.ok(command.summary().length > 10, 'a summary for the list of verbs');
      for (const [example] of examplesOf(command)) assert.ok(stdout.includes(example), example);
    });

  test('examples use flags that there are', () => {
    for (const { words, command } of verbs(program))
      for (const [example] of examplesOf(command)) {
        const own = example.split(/[|>]/).find((part) => part.includes(words.join(' '))) ?? '';
        for (const flag of own.match(/ --?[a-z][a-z-]*/g) ?? [])
          assert.ok(
            command.options.some(({ short, long }) => [short, long].includes(flag.trim())),
            `${example}: ${flag}`,
          );
      }
  });
});

describe('docs/cli.md', () => {
  test('is what scripts/write-cli-doc.ts writes', () => {
    const written = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
    assert.ok(written === writeCliDoc(written, program), 'run: node --import tsx scripts/write-cli-doc.ts');
  });
});
