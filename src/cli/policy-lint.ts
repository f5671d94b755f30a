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
    .summary('report errors and warnings in policies')
    .description(
      'Reads PPL documents, or resources with policies, and reports errors, criteria that can never hold, likely mistakes, and differences from Pomerium. In resources it also reports hosts that a namespace or route uses without a grant; run on an export, this shows which hosts an upgrade no longer matches. If a policy names a directory user whose id differs from the user name, the warning shows both. Needs no store, keys or configuration. The exit code is 1 if there are errors, and 0 if there are only warnings.',
    )
    .argument('<file...>', 'PPL as YAML or JSON, or resources as YAML; - for standard input')
    .action((files: readonly string[], options: CommonOptions) => lint(context, files, options));
  addExamples(command, [
    ['sallyport policy lint orders.yaml', 'one policy'],
    ['sallyport policy lint resources/*.yaml -o json', 'policies among resources, for a CI system'],
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
