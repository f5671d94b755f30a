import type { Command } from 'commander';
import type { ResourceKind } from '../manifests/resource.ts';
import { addExamples } from './add-examples.ts';
import { type ChangeOptions, changeResources } from './change-resources.ts';
import type { CliContext } from './cli-context.ts';
import { KIND_HELP, parseKindArgument } from './kind-name.ts';
import { requireResource } from './read-resources.ts';
import { type RequestChange, requestDelete } from './request-change.ts';
import { collectFile, FILE_FLAGS, FILE_HELP, readResourceFiles } from './resource-files.ts';
import { addOperatorOptions } from './server-options.ts';
import { readResources } from './wrong-file.ts';

interface DeleteOptions extends ChangeOptions {
  readonly file?: readonly string[];
}

export function addDelete(program: Command, context: CliContext): void {
  const command = addOperatorOptions(program.command('delete'))
    .summary('delete resources, all or none')
    .description(
      'Deletes the named resources, or all resources in a file. If another resource still needs one of them, nothing is deleted. A namespace must be empty, or be deleted together with its contents. A service account is deleted with its credentials; its user ID stays taken.',
    )
    .argument('[kind]', `one of ${KIND_HELP}; in any case, one or many`, parseKindArgument)
    .argument('[ids...]', 'the resources; all are deleted, or none')
    .option(FILE_FLAGS, FILE_HELP, collectFile)
    .option('--dry-run', 'show what would be deleted, and write nothing')
    .action((kind: ResourceKind | undefined, ids: readonly string[], options: DeleteOptions) => {
      if (kind !== undefined && ids.length > 0 && options.file === undefined)
        return changeResources(context, options, async () => deleteNamed(kind, ids));
      if (kind === undefined && options.file !== undefined)
        return deleteFiles(context, options, options.file);
      return command.error('error: expected either a kind and an id, or -f FILE', { exitCode: 2 });
    });
  addExamples(command, [
    ['sallyport delete route checkout', 'one resource'],
    ['sallyport delete -f team-a.yaml', 'all resources in the file'],
  ]);
}

async function deleteFiles(
  context: CliContext,
  options: DeleteOptions,
  names: readonly string[],
): Promise<void> {
  const files = await readResourceFiles(context, names);
  await changeResources(context, options, async ({ report }) => {
    return requestDelete(await readResources(report, files));
  });
}

/** If a resource is absent, the error suggests a similar id. */
function deleteNamed(kind: ResourceKind, ids: readonly string[]): RequestChange {
  const removals = [...new Set(ids)].map((id) => ({
    kind,
    spec: { id },
    origin: { file: 'delete', document: 0 },
  }));
  return async (client, how) => {
    for (const { spec } of removals) await requireResource(client, kind, spec.id);
    return requestDelete(removals)(client, how);
  };
}
