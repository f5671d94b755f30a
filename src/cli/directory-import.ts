import { type Command, Option } from 'commander';
import { parseDirectoryCsv } from '../manifests/parse-directory-csv.ts';
import { parseDirectoryJson } from '../manifests/parse-directory-json.ts';
import { addExamples } from './add-examples.ts';
import { type Change, importDirectory } from './ask-for-change.ts';
import { type ChangeOptions, changeResources, YES_HELP } from './change-resources.ts';
import type { CliContext } from './cli-context.ts';
import type { Progress } from './progress.ts';
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
    .summary('users and groups from a CSV or JSON file, all of them or none')
    .description(
      `Makes and changes directory users, from CSV or JSON, and groups: all that the file holds or, where anything is wrong, nothing. What the file does not say of a user who is there already stays as it is; a group that a user is in and that there is not is made.

The first line of a CSV file names its columns: id, and any of email, name, given_name, family_name, external_id, groups, active and claim/NAME. Lists, those of groups and claims, are separated by ";" or "|". A JSON file is a list or one object a line, with the fields of a DirectoryUser or, where its kind says so, of a DirectoryGroup.

With --prune, users whom the file leaves out leave the directory, and so do groups that nobody in it is in. Service accounts that stand for somebody who leaves are disabled at once. Where anybody is to leave, a person at a terminal is asked, and everybody else has to say --yes.`,
    )
    .requiredOption('-f, --file <file>', 'the file, or - for standard input')
    .addOption(
      new Option('--format <format>', 'what the file is (default: as its name ends)').choices(
        Object.keys(PARSERS),
      ),
    )
    .option('--dry-run', 'show what would change, and write nothing')
    .option('--prune', 'delete whom the file leaves out')
    .option('--yes', YES_HELP)
    .action((options: ImportOptions) => {
      const format = options.format ?? formatOf(options.file);
      if (format !== undefined) return importFile(context, options, format);
      return command.error('error: what the file is can not be told from its name: expected --format', {
        exitCode: 2,
      });
    });
  addExamples(command, [
    ['sallyport directory import -f people.csv --dry-run', 'what would change'],
    ['sallyport directory import -f people.csv --prune', 'the directory is what the file says'],
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
    return importDirectory(entries, options.prune === true);
  };
  // Somebody for whom an account stands is kept, as one who left.
  const leaves = ({ kind, id, action }: Change) =>
    action === 'delete' || (kind === 'DirectoryUser' && action === 'update' && !named.has(`${kind} ${id}`));
  await changeResources(context, options, prepare, options.prune && ((changes) => changes.filter(leaves)));
}
