import type { Command } from 'commander';
import { OperationError } from '../contract/operation-error.ts';
import type { FoundStore } from '../store/store-driver.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';
import { printJson } from './output.ts';
import { printFields } from './print-table.ts';

export function addStoreAccept(store: Command, context: CliContext): void {
  const command = addCommonOptions(store.command('accept'))
    .summary('make sidecars follow a restored or replaced store')
    .description(
      'Sidecars do not follow a store with a lower revision or another epoch, such as a restored backup or an emptied Redis. They fail at once, until the store has caught up or an operator accepts it. Without an epoch, this prints the state of the store and changes nothing. With it, every sidecar follows the store as it is. Credentials revoked since become valid again, so check first.',
    )
    .argument('[epoch]', 'the printed epoch: confirms the state that you checked')
    .action((epoch: string | undefined, options: CommonOptions) => accept(context, epoch, options));
  addExamples(command, [
    ['sallyport store accept', 'see what is there'],
    ['sallyport store accept 1b4e28ba-2fa1-11d2-883f-0016d3cca427', 'follow it'],
  ]);
}

async function accept(context: CliContext, epoch: string | undefined, options: CommonOptions): Promise<void> {
  const acceptance = await context.openAcceptance(loadCommandConfig(context, options));
  const { stdout } = context;
  const { found } = acceptance;
  try {
    if (epoch !== undefined && epoch !== found.position.epoch)
      throw new OperationError(
        'conflict',
        `the store in ${found.where} has the epoch ${found.position.epoch}: nothing was changed, look again`,
      );
    const position = epoch === undefined ? undefined : await acceptance.accept(context.clock());
    if (options.output === 'json') {
      printJson(stdout, {
        accepted: position !== undefined,
        ...(position ?? found.position),
        counts: found.counts,
      });
      return;
    }
    if (position) stdout.write(`Accepted revision ${position.revision}, as epoch ${position.epoch}.\n`);
    else printFound(context, found);
  } finally {
    acceptance.close();
  }
}

function printFound(context: CliContext, { where, position, counts }: FoundStore): void {
  const records = Object.entries(counts).filter(([, count]) => count > 0);
  printFields(context, [
    ['Store', where],
    ['Epoch', position.epoch],
    ['Revision', String(position.revision)],
    ['Records', records.map(([kind, count]) => `${count} ${kind}`).join(', ') || 'none'],
  ]);
  context.stderr.write(
    `Nothing was changed. To have every sidecar follow this: sallyport store accept ${position.epoch}\n`,
  );
}
