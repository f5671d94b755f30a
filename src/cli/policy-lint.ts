import type { Command } from 'commander';
import { lintHosts } from '../operations/lint-hosts.ts';
import { lintPolicies } from '../operations/lint-policies.ts';
import { lintUserNames } from '../operations/lint-user-names.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions } from './command-options.ts';
import { ExitQuietly } from './exit-quietly.ts';
import { printJson } from './output.ts';
import { EXIT } from './report-error.ts';
import { readResourceFiles } from './resource-files.ts';
import { describeFinding } from './show-findings.ts';

export function addPolicyLint(policy: Command, context: CliContext): void {
  const command = addCommonOptions(policy.command('lint'))
    .summary('say what is wrong with policies')
    .description(
      'Reads PPL documents, or resources of which some are policies, and says everything that is wrong with them, that can never hold or is hardly meant, and that means something else in Pomerium. Of resources it names the hosts that a namespace or route uses and was not granted, too: among those of an export, what an upgrade no longer matches. A directory user whose id is not their name is shown by both where a policy names one of them. Needs no store, no keys and no configuration. The exit code is 1 where anything is wrong; warnings alone leave it 0.',
    )
    .argument('<file...>', 'PPL as YAML or JSON, or resources as YAML; - for standard input')
    .action((files: readonly string[], options: CommonOptions) => lint(context, files, options));
  addExamples(command, [
    ['sallyport policy lint orders.yaml', 'one policy'],
    ['sallyport policy lint resources/*.yaml -o json', 'those among resources, for a CI system'],
  ]);
}

async function lint(context: CliContext, files: readonly string[], options: CommonOptions): Promise<void> {
  const sources = await readResourceFiles(context, files);
  const findings = [...sources.flatMap(lintPolicies), ...lintHosts(sources), ...lintUserNames(sources)];
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const { stdout } = context;
  if (options.output === 'json') printJson(stdout, { files: files.length, errors, warnings, findings });
  else {
    for (const finding of findings) stdout.write(`${describeFinding(finding)}\n`);
    stdout.write(
      `${count(files.length, 'file')}, ${count(errors, 'error')}, ${count(warnings, 'warning')}\n`,
    );
  }
  if (errors > 0) throw new ExitQuietly(EXIT.failed);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
