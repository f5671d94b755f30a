import { OperationError } from '../contract/operation-error.ts';
import { parseResourcesAt, type ResourceFile } from '../manifests/parse-resources.ts';
import type { ReportProgress } from '../manifests/report-progress.ts';
import { type Resource, ResourceError, type ResourceProblem } from '../manifests/resource.ts';
import { PolicyError } from '../policy/policy-error.ts';
import { CaseFileError } from './policy-case-file.ts';

/** A file is invalid, independent of the store. */
export class WrongFile extends Error {
  override readonly name = 'WrongFile';
  readonly problems: readonly ResourceProblem[] | undefined;
  constructor(message: string, problems?: readonly ResourceProblem[], options?: ErrorOptions) {
    super(message, options);
    this.problems = problems;
  }
}

/** Parses a file. Rejects with `WrongFile` if the parser rejects it. */
export async function asFile<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ResourceError) throw new WrongFile(error.message, error.problems, { cause: error });
    if (error instanceof CaseFileError || error instanceof OperationError || error instanceof PolicyError)
      throw new WrongFile(error.message, undefined, { cause: error });
    throw error;
  }
}

/** The resources of files. Rejects with `WrongFile`, also if a file has none. */
export async function readResources(
  report: ReportProgress,
  files: readonly ResourceFile[],
): Promise<Resource[]> {
  const resources = await asFile(() => parseResourcesAt(report, files));
  const filled = new Set(resources.map(({ origin }) => origin.file));
  const empty = files.find(({ file }) => !filled.has(file));
  if (empty) throw new WrongFile(`${empty.file} holds no resource`);
  return resources;
}
