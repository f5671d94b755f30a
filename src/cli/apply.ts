import type { Command } from 'commander';
import { lintPolicyResources } from '../operations/lint-policies.ts';
import { addExamples } from './add-examples.ts';
import { applyResources } from './ask-for-change.ts';
import { type ChangeOptions, changeResources, YES_HELP } from './change-resources.ts';
import type { CliContext } from './cli-context.ts';
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
    .summary('make resources as YAML files say, all of them or none')
    .description(
      `Makes and changes namespaces, policies, routes, service accounts, directory users and groups as YAML says: all of it or, where anything is wrong, nothing. Applying the same again changes nothing. What is hardly meant in a policy is told on standard error, as by policy lint, and does not stop it.

With --prune, what the files leave out is deleted, as far as they are about it: a Namespace document stands for all that is in that namespace and below it; a namespace that other resources merely name is pruned of its own policies, routes and service accounts, not of what is below it; directory users and groups are pruned only where the document of the namespace global is in the files. The namespace global itself always stays. A service account goes with its credentials, at once and for good. Look first, with --dry-run, which shows every difference, writes nothing and ends with 0. Where anything is to be deleted, a person at a terminal is asked, and everybody else has to say --yes.`,
    )
    .requiredOption(FILE_FLAGS, FILE_HELP, collectFile)
    .option('--dry-run', 'show what would change, and write nothing')
    .option('--prune', 'delete what the files leave out, in the namespaces that they are about')
    .option('--yes', YES_HELP)
    .option(REVOKE_OTHERS, REVOKE_OTHERS_HELP)
    .action((options: ApplyOptions) => apply(context, options));
  addExamples(command, [
    ['sallyport apply -f team-a.yaml', 'make everything as the file says'],
    ['sallyport apply -f team-a.yaml --prune --dry-run', 'what would change, deletions too'],
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
      applyResources(await readResources(report, files), {
        prune: options.prune === true,
        revokeOthers: options.revokeOthers === true,
      }),
    options.prune && ((changes) => changes.filter(({ action }) => action === 'delete')),
  );
  // Last, where they are seen, and never beside an error, which scripts read as JSON.
  printWarnings(context.stderr, files.flatMap(lintPolicyResources));
}
