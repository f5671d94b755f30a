import { closeSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { problemOf } from '../files/read-bounded-file.ts';
import type { Restored } from '../store/backup.ts';
import { storeOf } from '../store/drivers.ts';
import { readBackup } from '../store/read-backup.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';
import { nameOfFile } from './input-file.ts';
import { NOTHING_WRITTEN, printJson } from './output.ts';
import { readLines } from './read-lines.ts';
import { UnreadableFile } from './resource-files.ts';
import { telling } from './telling.ts';

interface RestoreOptions extends CommonOptions {
  readonly force?: true;
  readonly dryRun?: true;
}

export function addRestore(program: Command, context: CliContext): void {
  addCommonOptions(program.command('restore'))
    .summary('restore a backup, all of it or nothing')
    .description(
      'Checks the whole backup, then replaces everything in the embedded store at once, or changes nothing. A running serve loads it without a restart. Credentials revoked or deleted since the backup become valid again: restore lists them. User IDs taken since stay taken. Keys are not in a backup.',
    )
    .argument('<file>', 'a file that sallyport backup made')
    .option('--force', 'replace the contents of the store; a store that cannot be opened is moved aside')
    .option('--dry-run', 'check the backup, say what it would replace, and write nothing')
    .action((file: string, options: RestoreOptions) => restore(context, file, options));
}

async function restore(context: CliContext, file: string, options: RestoreOptions): Promise<void> {
  const config = loadCommandConfig(context, options);
  const descriptor = openBackup(resolve(context.cwd, file), file);
  try {
    const open = () => readBackup(readLines(descriptor), file);
    const dryRun = options.dryRun === true;
    const restored = await telling(context, options, `on the store in ${storeOf(config).where}`, () =>
      context.restoreStore(config, { name: file, open, force: options.force === true, dryRun }),
    );
    if (options.output === 'json')
      printJson(context.stdout, { ...(dryRun && { dry_run: true }), ...describe(restored) });
    else printRestored(context, restored, dryRun);
  } finally {
    closeSync(descriptor);
  }
}

function openBackup(path: string, name: string): number {
  try {
    return openSync(path, 'r');
  } catch (error) {
    throw new UnreadableFile(`${nameOfFile(name)} can't be read: ${problemOf(error)}`);
  }
}

function describe({ revision, records, revivedCredentials, keptUserIds, setAside }: Restored) {
  return {
    revision,
    records,
    revived_credentials: revivedCredentials,
    kept_user_ids: keptUserIds,
    set_aside: setAside ?? null,
  };
}

function printRestored({ stdout, stderr }: CliContext, restored: Restored, dryRun: boolean): void {
  const { revision, records, revivedCredentials, keptUserIds, setAside } = restored;
  stdout.write(
    dryRun
      ? `Would restore ${records} records, as revision ${revision}. ${NOTHING_WRITTEN}\n`
      : `Restored ${records} records, as revision ${revision}.\n`,
  );
  if (keptUserIds > 0) stdout.write(`${keptUserIds} user IDs given away since the backup stay taken.\n`);
  if (setAside !== undefined)
    stderr.write(
      `The store could not be opened and is now ${setAside}. Restart every serve that has it open.\n`,
    );
  if (revivedCredentials.length > 0)
    stderr.write(
      `${revivedCredentials.length} credentials that were revoked or deleted since the backup ${dryRun ? 'would become valid again; revoke them afterwards' : 'are valid again; revoke them'} with sallyport sa revoke:\n${revivedCredentials.map((id) => `  ${id}\n`).join('')}`,
    );
}
