import type { Command } from 'commander';
import { compilePolicy } from '../policy/compile-policy.ts';
import type { CompiledPolicy } from '../policy/compiled-policy.ts';
import { PolicyError } from '../policy/policy-error.ts';
import { runPolicyCase } from '../policy/run-policy-case.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions } from './command-options.ts';
import { type CaseFailure, describeCaseFailure } from './describe-case-failure.ts';
import { ExitQuietly } from './exit-quietly.ts';
import { printJson } from './output.ts';
import { type NamedCase, readPolicyCases } from './policy-case-file.ts';
import { type FindPolicyText, loadPolicyTexts } from './policy-texts.ts';
import { EXIT } from './report-error.ts';
import { collectFile, readResourceFiles } from './resource-files.ts';

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
  const cases = (await readResourceFiles(context, files)).flatMap(readPolicyCases);
  const texts = await loadPolicyTexts(context, options.resources ?? [], cases);
  const failures = judgeCases(cases, texts);
  const passed = cases.length - failures.length;
  const { stdout } = context;
  if (options.output === 'json') printJson(stdout, { passed, failed: failures.length, failures });
  else {
    for (const failure of failures) stdout.write(`${describeCaseFailure(failure)}\n`);
    stdout.write(`${passed} passed, ${failures.length} failed\n`);
  }
  // Nothing may pass by not running.
  if (failures.length > 0 || cases.length === 0) throw new ExitQuietly(EXIT.failed);
}

function judgeCases(cases: readonly NamedCase[], findText: FindPolicyText): CaseFailure[] {
  const compiled = new Map<string, CompiledPolicy | PolicyError>();
  const failures: CaseFailure[] = [];
  for (const each of cases) {
    // Many cases of one named policy compile it once.
    const known = each.policy === undefined ? undefined : compiled.get(each.policy);
    const policy = known ?? compile(each.policy === undefined ? each.ppl : findText(each.policy));
    if (each.policy !== undefined) compiled.set(each.policy, policy);
    const { passed, actual } = runPolicyCase(each, policy);
    if (!passed) failures.push({ id: each.id, expected: each.expect, actual });
  }
  return failures;
}

function compile(source: unknown): CompiledPolicy | PolicyError {
  try {
    return compilePolicy(source);
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
}
