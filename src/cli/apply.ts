import type { Command } from 'commander';
import { lintPolicyResources } from '../operations/lint-policies.ts';
import { addExamples } from './add-examples.ts';
import { type ChangeOptions, changeResources, YES_HELP } from './change-resources.ts';
import type { CliContext } from './cli-context.ts';
import { requestApply } from './request-change.ts';
import { collectFile, FILE_FLAGS, FILE_HELP, readResourceFiles } from './resource-files.ts';
import { REVOKE_OTHERS, REVOKE_OTHERS_HELP } from './revoke-others.ts';
import { addOperatorOptions } from './server-options.ts';
import { printWarnings } from './show-findings.ts';
import { readResources } from './wrong-file.ts';

interface ApplyOptions extends ChangeOptions {
  readonly file: readonly string[];
  readonly prune?: true;
  readonly revokeOthers?: true;
}

export function addApply(program: Command, context: CliContext): void {
  const command = addOperatorOptions(program.command('apply'))
    .summary('create and change resources from YAML files, all or none')
    .description(
      `Creates and changes namespaces, policies, routes, service accounts, directory users and groups from YAML. If anything is wrong, nothing changes. Applying the same files again changes nothing. Policy warnings, as policy lint reports them, go to standard error and do not stop the change.

--prune deletes resources that the files leave out. A Namespace document covers everything in that namespace and below it. If other resources only name a namespace, --prune covers its own policies, routes and service accounts, and nothing below it. Directory users and groups are pruned only if the files contain the document of the namespace global. The namespace global itself always stays. A deleted service account loses its credentials at once and for good. Check first with --dry-run, which shows every difference, writes nothing and exits with 0. Deletions are confirmed at a terminal; scripts must pass --yes.`,
    )
    .requiredOption(FILE_FLAGS, FILE_HELP, collectFile)
    .option('--dry-run', 'show what would change, and write nothing')
    .option('--prune', 'delete resources that the files leave out, in the namespaces that they cover')
    .option('--yes', YES_HELP)
    .option(REVOKE_OTHERS, REVOKE_OTHERS_HELP)
    .action((options: ApplyOptions) => apply(context, options));
  addExamples(command, [
    ['sallyport apply -f team-a.yaml', 'create and change everything in the file'],
    ['sallyport apply -f team-a.yaml --prune --dry-run', 'what would change, including deletions'],
    [
      'sallyport export | ssh other sallyport apply -f -',
      'copy everything but credentials to another machine',
    ],
  ]);
}

async function apply(context: CliContext, options: ApplyOptions): Promise<void> {
  const files = await readResourceFiles(context, options.file);
  await changeResources(
    context,
    options,
    async ({ report }) =>
      requestApply(await readResources(report, files), {
        prune: options.prune === true,
        revokeOthers: options.revokeOthers === true,
      }),
    options.prune && ((changes) => changes.filter(({ action }) => action === 'delete')),
  );
  // Last, so that they are seen. Never beside an error, which scripts read as JSON.
  printWarnings(context.stderr, files.flatMap(lintPolicyResources));
}
