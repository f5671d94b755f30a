import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { NamedCase } from '../policy/judge-policy-cases.ts';
import { parseResources } from '../resources/parse-resources.ts';
import type { CliContext } from './cli-context.ts';
import { CaseFileError } from './policy-case-file.ts';
import { readResourceFiles } from './resource-files.ts';

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
  for (const name of names) if (!found.has(name)) found.set(name, await readPolicyFile(context, name));
  return (name) => found.get(name);
}

async function readPolicyFile({ cwd }: CliContext, name: string): Promise<string> {
  const path = resolve(cwd, name);
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CaseFileError(
      `policy ${name}: no resource has this id, and there is no such file in ${dirname(path)} (${reason}); name resources with --resources FILE`,
    );
  }
}
