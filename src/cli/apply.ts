import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { parseResources, type ResourceFile } from '../resources/parse-resources.ts';
import { type Change, planApply } from '../resources/plan-apply.ts';
import { transact } from '../resources/transact.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions } from './command-options.ts';
import { printJson, printTable } from './output.ts';
import { withStore } from './with-store.ts';

interface ApplyOptions extends CommonOptions {
  readonly file: readonly string[];
}

export function addApply(program: Command, context: CliContext): void {
  addCommonOptions(program.command('apply'))
    .summary('make resources as YAML files say, all of them or none')
    .description(
      'Makes and changes namespaces, policies, routes, service accounts, directory users and groups as YAML says: all of it or, where anything is wrong, nothing. Applying the same again changes nothing.',
    )
    .requiredOption(
      '-f, --file <file>',
      'YAML file, or - for standard input; may be repeated',
      (file, files: string[] = []) => [...files, file],
    )
    .action((options: ApplyOptions) => apply(context, options));
}

async function apply(context: CliContext, options: ApplyOptions): Promise<void> {
  const files = await Promise.all(options.file.map((file) => readResourceFile(context, file)));
  const resources = parseResources(files);
  const { result, position } = await withStore(context, options, (store) =>
    transact(store, (reader) => planApply(resources, reader, context.clock())),
  );
  if (options.output === 'json') printJson(context.stdout, { revision: position.revision, changes: result });
  else printChanges(context, result);
}

async function readResourceFile({ stdin, cwd }: CliContext, file: string): Promise<ResourceFile> {
  return { file, text: file === '-' ? await text(stdin) : await readFile(resolve(cwd, file), 'utf8') };
}

function printChanges({ stdout }: CliContext, changes: readonly Change[]): void {
  const written = changes.filter(({ action }) => action !== 'unchanged');
  if (written.length > 0)
    printTable(
      stdout,
      ['ACTION', 'KIND', 'ID'],
      written.map(({ action, kind, id }) => [`${action}d`, kind, id]),
    );
  const unchanged = changes.length - written.length;
  if (unchanged > 0 || written.length === 0) stdout.write(`${unchanged} unchanged\n`);
}
