import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import type { Command } from 'commander';
import type { BackupHeader, BackupSource } from '../store/backup.ts';
import { encodeBackup } from '../store/encode-backup.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';
import { printJson } from './output.ts';
import { writePrivateFile } from './write-private-file.ts';

interface BackupOptions extends CommonOptions {
  readonly force?: true;
}

export function addBackup(program: Command, context: CliContext): void {
  addCommonOptions(program.command('backup'))
    .summary('back up the store to a file, while it runs')
    .description(
      'Writes a snapshot of the embedded store to a file that only its owner can read. It does not block writes to the store. Keys are not in it: also copy the files that keys.credential, keys.verification and keys.assertion name, and store them separately.',
    )
    .argument('<file>', 'the file to create, or - for standard output')
    .option('--force', 'replace the file if it exists')
    .addHelpText('after', '\nTo restore it: sallyport restore FILE')
    .action((file: string, options: BackupOptions) => backup(context, file, options));
}

async function backup(context: CliContext, file: string, options: BackupOptions): Promise<void> {
  const snapshot = await context.openBackup(loadCommandConfig(context, options));
  const { stdout, stderr } = context;
  try {
    if (file === '-') await writeAll(stdout, snapshot);
    else await writePrivateFile(resolve(context.cwd, file), encodeBackup(snapshot), options.force === true);
  } finally {
    await snapshot.close();
  }
  const { revision, counts } = snapshot.header;
  const records = countRecords(snapshot.header);
  // Standard output may be the backup itself.
  if (options.output === 'json')
    printJson(file === '-' ? stderr : stdout, { file, revision, records, counts });
  else stderr.write(`Backed up ${records} records of revision ${revision}. Keys are not in it.\n`);
}

async function writeAll(out: Writable, snapshot: BackupSource): Promise<void> {
  for (const chunk of encodeBackup(snapshot)) if (!out.write(chunk)) await once(out, 'drain');
}

function countRecords({ counts }: BackupHeader): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
