import { type Command, Option } from 'commander';
import { parseDirectoryCsv } from '../manifests/parse-directory-csv.ts';
import { parseDirectoryJson } from '../manifests/parse-directory-json.ts';
import { addExamples } from './add-examples.ts';
import { type ChangeOptions, changeResources, YES_HELP } from './change-resources.ts';
import type { CliContext } from './cli-context.ts';
import type { Progress } from './progress.ts';
import { type Change, requestImport } from './request-change.ts';
import { readResourceFiles } from './resource-files.ts';
import { addOperatorOptions } from './server-options.ts';
import { asFile } from './wrong-file.ts';

const PARSERS = { csv: parseDirectoryCsv, json: parseDirectoryJson };
type Format = keyof typeof PARSERS;

interface ImportOptions extends ChangeOptions {
  readonly file: string;
  readonly format?: Format;
  readonly prune?: true;
}

export function addDirectoryImport(directory: Command, context: CliContext): void {
  const command = addOperatorOptions(directory.command('import'))
    .summary('import users and groups from a CSV or JSON file, all or none')
    .description(
      `Creates and changes directory users and groups from CSV or JSON. If anything is wrong, nothing changes. Fields that the file leaves out keep their values. Missing groups of a user are created.

The first line of a CSV file names its columns: id, and any of email, name, given_name, family_name, external_id, groups, active and claim/NAME. The lists in groups and claims are separated by ";" or "|". A JSON file is a list or one object per line, with the fields of a DirectoryUser or, if its kind says so, of a DirectoryGroup.

--prune removes users that the file leaves out, and groups without members in the file. Service accounts that impersonate a removed user are disabled at once. Removals are confirmed at a terminal; scripts must pass --yes.`,
    )
    .requiredOption('-f, --file <file>', 'the file, or - for standard input')
    .addOption(
      new Option('--format <format>', 'format of the file (default: by its extension)').choices(
        Object.keys(PARSERS),
      ),
    )
    .option('--dry-run', 'show what would change, and write nothing')
    .option('--prune', 'remove users and groups that the file leaves out')
    .option('--yes', YES_HELP)
    .action((options: ImportOptions) => {
      const format = options.format ?? formatOf(options.file);
      if (format !== undefined) return importFile(context, options, format);
      return command.error('error: the name of the file does not show its format: expected --format', {
        exitCode: 2,
      });
    });
  addExamples(command, [
    ['sallyport directory import -f people.csv --dry-run', 'what would change'],
    ['sallyport directory import -f people.csv --prune', 'make the directory equal to the file'],
  ]);
}

function formatOf(file: string): Format | undefined {
  const end = /\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase();
  if (end === 'csv') return 'csv';
  return end === 'json' || end === 'jsonl' || end === 'ndjson' ? 'json' : undefined;
}

async function importFile(context: CliContext, options: ImportOptions, format: Format): Promise<void> {
  const [file] = await readResourceFiles(context, [options.file]);
  if (!file) throw new Error('no file was read');
  const named = new Set<string>();
  const prepare = async ({ report }: Progress) => {
    const entries = await asFile(() => PARSERS[format](file, report));
    for (const { kind, id } of entries) named.add(`${kind} ${id}`);
    return requestImport(entries, options.prune === true);
  };
  // A removed user whom an account impersonates is kept, marked as deleted.
  const leaves = ({ kind, id, action }: Change) =>
    action === 'delete' || (kind === 'DirectoryUser' && action === 'update' && !named.has(`${kind} ${id}`));
  await changeResources(context, options, prepare, options.prune && ((changes) => changes.filter(leaves)));
}
