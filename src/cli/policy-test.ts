import type { Command } from 'commander';
import { runCases } from '../policy/run-policy-cases.ts';
import { runSteps } from '../snapshot/run-steps.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions } from './command-options.ts';
import { describeCaseFailure } from './describe-case-failure.ts';
import { ExitQuietly } from './exit-quietly.ts';
import { printJson } from './output.ts';
import { readPolicyCases } from './policy-case-file.ts';
import { loadPolicyTexts } from './policy-texts.ts';
import { EXIT } from './report-error.ts';
import { collectFile, readResourceFiles } from './resource-files.ts';
import { asFile, WrongFile } from './wrong-file.ts';

interface TestOptions extends CommonOptions {
  readonly resources?: readonly string[];
}

export function addPolicyTest(policy: Command, context: CliContext): void {
  const command = addCommonOptions(policy.command('test'))
    .summary('hold policies to cases')
    .description(
      'Judges the request of each case by its policy, and compares with what the case expects: allow, deny, both sides with their reasons, or that the policy does not load. Needs no store, no keys and no configuration. The exit code is 1 where a case fails.',
    )
    .argument('<cases...>', 'JSONL or YAML; - for standard input')
    .option('--resources <file>', 'YAML with policies that cases name by id; may be repeated', collectFile)
    .action((files: readonly string[], options: TestOptions) => run(context, files, options));
  addExamples(command, [
    ['sallyport policy test cases.yaml', 'cases that bring their policies along'],
    ['sallyport policy test --resources resources.yaml cases.yaml', 'cases that name policies by id'],
  ]);
}

async function run(context: CliContext, files: readonly string[], options: TestOptions): Promise<void> {
  const sources = await readResourceFiles(context, files);
  const cases = await asFile(() => sources.flatMap(readPolicyCases));
  // Nothing may pass by not running.
  if (cases.length === 0) throw new WrongFile(`${files.join(', ')}: there is no case`);
  const texts = await asFile(() => loadPolicyTexts(context, options.resources ?? [], cases));
  const failures = runSteps(runCases(cases, texts));
  const passed = cases.length - failures.length;
  const { stdout } = context;
  if (options.output === 'json') printJson(stdout, { passed, failed: failures.length, failures });
  else {
    for (const failure of failures) stdout.write(`${describeCaseFailure(failure)}\n`);
    stdout.write(`${passed} passed, ${failures.length} failed\n`);
  }
  if (failures.length > 0) throw new ExitQuietly(EXIT.failed);
}
