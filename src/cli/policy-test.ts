import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { readTextFile } from '../files/read-bounded-file.ts';
import { parseResources } from '../manifests/parse-resources.ts';
import { type CaseFailure, type CaseOutcome, type NamedCase, runCases } from '../policy/run-policy-cases.ts';
import type { ActionVerdict } from '../policy/verdict-accumulator.ts';
import { runSteps } from '../snapshot/run-steps.ts';
import { printable } from '../text/printable.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions } from './command-options.ts';
import { ExitQuietly } from './exit-quietly.ts';
import { nameOfFile } from './input-file.ts';
import { printJson } from './output.ts';
import { CaseFileError, readPolicyCases } from './policy-case-file.ts';
import { EXIT } from './report-error.ts';
import { collectFile, readResourceFiles } from './resource-files.ts';
import { asFile, WrongFile } from './wrong-file.ts';

interface TestOptions extends CommonOptions {
  readonly resources?: readonly string[];
}

export function addPolicyTest(policy: Command, context: CliContext): void {
  const command = addCommonOptions(policy.command('test'))
    .summary('test policies with cases')
    .description(
      'Evaluates the policy of each case for its request, and compares the result with the expected one: allow, deny, both sides with their reasons, or a policy that does not load. Needs no store, keys or configuration. The exit code is 1 if a case fails.',
    )
    .argument('<cases...>', 'JSONL or YAML; - for standard input')
    .option('--resources <file>', 'YAML with policies that cases name by id; may be repeated', collectFile)
    .action((files: readonly string[], options: TestOptions) => run(context, files, options));
  addExamples(command, [
    ['sallyport policy test cases.yaml', 'cases that contain their policies'],
    ['sallyport policy test --resources resources.yaml cases.yaml', 'cases that name policies by id'],
  ]);
}

async function run(context: CliContext, files: readonly string[], options: TestOptions): Promise<void> {
  const sources = await readResourceFiles(context, files);
  const cases = await asFile(() => sources.flatMap(readPolicyCases));
  // An empty list of cases must not pass.
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

const MAX_POLICY_BYTES = 16 * 1024 * 1024;

/**
 * Reads the policies that cases name: ids of the resources, else files. Rejects with `CaseFileError` if one is
 * neither, and with `ResourceError` if resources cannot be read.
 */
async function loadPolicyTexts(
  context: CliContext,
  resourceFiles: readonly string[],
  cases: readonly NamedCase[],
): Promise<(name: string) => unknown> {
  const found = new Map<string, unknown>();
  for (const { kind, spec } of parseResources(await readResourceFiles(context, resourceFiles)))
    if (kind === 'Policy') found.set(spec.id, spec.ppl);
  const names = new Set(cases.flatMap(({ policy }) => (policy === undefined ? [] : [policy])));
  for (const name of names) if (!found.has(name)) found.set(name, readPolicyFile(context, name));
  return (name) => found.get(name);
}

function readPolicyFile({ cwd }: CliContext, name: string): string {
  const path = resolve(cwd, name);
  const text = readTextFile(path, MAX_POLICY_BYTES);
  if (typeof text === 'string') return text;
  throw new CaseFileError(
    `policy ${nameOfFile(name)}: no resource has this id, and no such file can be read in ${dirname(path)} (${text.problem}); name resources with --resources FILE`,
  );
}

/** The differences between the expected and the actual result, one per line. */
function describeCaseFailure({ id, expected, actual }: CaseFailure): string {
  const lines = differences(expected, actual).map((line) => `    ${printable(line)}`);
  return [`not ok: ${printable(String(id))}`, ...lines].join('\n');
}

function differences(expected: CaseFailure['expected'], actual: CaseOutcome): string[] {
  if (typeof actual === 'object' && 'error' in actual)
    return [`expected ${nameOf(expected)}, but the policy can't be used:`, ...actual.error.split('\n')];
  if (typeof expected === 'string' || 'error' in expected || typeof actual === 'string')
    return [
      `expected ${nameOf(expected)}, got ${typeof actual === 'string' ? actual : 'a policy that loads'}`,
    ];
  return [
    ...sideDifferences('allow', expected.allow, actual.allow),
    ...sideDifferences('deny', expected.deny, actual.deny),
  ];
}

function nameOf(expected: CaseFailure['expected']): string {
  if (typeof expected === 'string') return expected;
  return 'error' in expected ? 'a policy that does not load' : 'a verdict';
}

function sideDifferences(side: 'allow' | 'deny', expected: ActionVerdict, actual: ActionVerdict): string[] {
  const lines: string[] = [];
  if (expected.value !== actual.value) lines.push(`${side}: expected ${expected.value}, got ${actual.value}`);
  const missing = expected.reasons.filter((reason) => !actual.reasons.includes(reason));
  const surplus = actual.reasons.filter((reason) => !expected.reasons.includes(reason));
  if (missing.length + surplus.length > 0)
    lines.push(
      `${side} reasons: ${[...missing.map((each) => `- ${each}`), ...surplus.map((each) => `+ ${each}`)].join('  ')}`,
    );
  return lines;
}
