import { readYaml } from '../text/read-yaml.ts';
import { offsetAt, plainValue, type SourceNode } from '../text/source-node.ts';
import { TextLines } from '../text/text-lines.ts';
import { ProblemCollector } from './problem-collector.ts';
import { type ReportMistake, readResourceValue } from './read-resource-value.ts';
import type { ReportProgress } from './report-progress.ts';
import { type Resource, ResourceError, type ResourceOrigin } from './resource.ts';

/** Of a file of resources or of cases. */
export const YAML_RULES = { maxCharacters: 64 * 1024 * 1024, maxDepth: 64, maxRepeated: 100_000 };

export interface ResourceFile {
  /** A path, or `-` for standard input. */
  readonly file: string;
  readonly text: string;
}

/** How much of the text has been read, in characters. */
interface Progress {
  readonly done: number;
  readonly total: number;
}

/**
 * Reads YAML documents (JSON is YAML too), each a resource or a list of them. Throws `ResourceError` with every problem
 * of every file.
 */
export function parseResources(files: readonly ResourceFile[]): Resource[] {
  const steps = parseInSteps(files);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same, with a step after each document. */
export async function parseResourcesAt(
  progress: ReportProgress,
  files: readonly ResourceFile[],
): Promise<Resource[]> {
  const steps = parseInSteps(files);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await progress('read', step.value.done, step.value.total);
  }
}

/** Those of a file if all of it can be read, else none: what is wrong with them is for others to say. */
export function readableResources(file: ResourceFile): Resource[] {
  try {
    return parseResources([file]);
  } catch (error) {
    if (error instanceof ResourceError) return [];
    throw error;
  }
}

/**
 * Reads resources from the values of JSON text. Rejects with `ResourceError`, as `parseResources` of that text would, but
 * that it knows no lines.
 */
export async function parseResourceValues(
  file: string,
  values: readonly unknown[],
  progress: ReportProgress,
): Promise<Resource[]> {
  const problems = new ProblemCollector();
  const origin = { file, document: 1 };
  const resources: Resource[] = [];
  for (const [index, value] of values.entries()) {
    await progress('read', index, values.length);
    const report: ReportMistake = (path, message) => problems.add({ origin, path, message });
    const resource = readResourceValue(value, [index], origin, report);
    if (resource) resources.push(resource);
  }
  reportRepeated(resources, problems);
  problems.throwIfAny();
  return resources;
}

function* parseInSteps(files: readonly ResourceFile[]): Generator<Progress, Resource[]> {
  const problems = new ProblemCollector();
  const resources: Resource[] = [];
  const total = files.reduce((sum, { text }) => sum + text.length, 0);
  let before = 0;
  for (const file of files) {
    for (const { read, found } of parseFile(file, problems)) {
      resources.push(...found);
      yield { done: before + read, total };
    }
    before += file.text.length;
  }
  reportRepeated(resources, problems);
  problems.throwIfAny();
  return resources;
}

function reportRepeated(resources: readonly Resource[], problems: ProblemCollector): void {
  const seen = new Map<string, ResourceOrigin>();
  for (const { kind, spec, origin } of resources) {
    const path = `${kind} ${spec.id}`;
    const first = seen.get(path);
    if (first)
      problems.add({ origin, path, message: `is in ${first.file}, document ${first.document}, already` });
    seen.set(path, origin);
  }
}

interface ParsedDocument {
  /** Characters up to the document's end. */
  readonly read: number;
  readonly found: readonly Resource[];
}

function* parseFile({ file, text }: ResourceFile, problems: ProblemCollector): Generator<ParsedDocument> {
  const lines = new TextLines(text);
  const origin = { file, document: 1 };
  const reportAt = (offset: number | undefined, path: string, message: string) =>
    problems.add({ origin: { ...origin }, path, message, ...(offset !== undefined && lines.at(offset)) });
  const documents = readYaml(text, YAML_RULES, ({ path, offset }, message) =>
    reportAt(offset, path, message),
  );
  for (const { root, isBroken, isEmpty, end } of documents) {
    const found: Resource[] = [];
    if (root && !isBroken && !isEmpty) {
      const mistakes: { offset: number; path: string; message: string }[] = [];
      const report: ReportMistake = (path, message, at) =>
        mistakes.push({ offset: offsetAt(root, at) ?? 0, path, message });
      if (root.kind === 'scalar')
        reportAt(root.offset, '', 'expected a resource: a mapping with apiVersion, kind and its fields');
      for (const [item, above] of resourcesIn(root)) {
        const resource = readResourceValue(plainValue(item), above, { ...origin }, report);
        if (resource) found.push(resource);
        for (const { offset, path, message } of mistakes.splice(0).sort((a, b) => a.offset - b.offset))
          reportAt(offset, path, message);
      }
    }
    yield { read: end, found };
    origin.document += 1;
  }
}

/** The resources of a document, and the way to each. */
export function resourcesIn(root: SourceNode): [SourceNode, readonly number[]][] {
  if (root.kind === 'list') return root.items.map((item, index) => [item, [index]]);
  return root.kind === 'map' ? [[root, []]] : [];
}
