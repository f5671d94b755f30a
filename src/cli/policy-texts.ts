import { dirname, resolve } from 'node:path';
import { readTextFile } from '../files/read-text-file.ts';
import { parseResources } from '../manifests/parse-resources.ts';
import type { NamedCase } from '../policy/run-policy-cases.ts';
import type { CliContext } from './cli-context.ts';
import { nameOfFile } from './input-file.ts';
import { CaseFileError } from './policy-case-file.ts';
import { readResourceFiles } from './resource-files.ts';

const MAX_BYTES = 16 * 1024 * 1024;

/** The document of a policy that a case names. */
export type FindPolicyText = (name: string) => unknown;

/**
 * Reads the policies that cases name: ids of the resources, else files. Rejects with `CaseFileError` where one is
 * neither, and with `ResourceError` where resources can't be read.
 */
export async function loadPolicyTexts(
  context: CliContext,
  resourceFiles: readonly string[],
  cases: readonly NamedCase[],
): Promise<FindPolicyText> {
  const found = new Map<string, unknown>();
  for (const { kind, spec } of parseResources(await readResourceFiles(context, resourceFiles)))
    if (kind === 'Policy') found.set(spec.id, spec.ppl);
  const names = new Set(cases.flatMap(({ policy }) => (policy === undefined ? [] : [policy])));
  for (const name of names) if (!found.has(name)) found.set(name, readPolicyFile(context, name));
  return (name) => found.get(name);
}

function readPolicyFile({ cwd }: CliContext, name: string): string {
  const path = resolve(cwd, name);
  const text = readTextFile(path, MAX_BYTES);
  if (typeof text === 'string') return text;
  throw new CaseFileError(
    `policy ${nameOfFile(name)}: no resource has this id, and no such file can be read in ${dirname(path)} (${text.problem}); name resources with --resources FILE`,
  );
}
