import { Composer, type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter } from 'yaml';
import { tokenizeYaml } from '../policy/tokenize-yaml.ts';
import { ProblemCollector } from './problem-collector.ts';
import { type ReportMistake, readResourceValue } from './read-resource-value.ts';
import type { ReportProgress } from './report-progress.ts';
import { type Resource, ResourceError, type ResourceOrigin } from './resource.ts';

const MAX_CHARACTERS = 64 * 1024 * 1024;
const MAX_DEPTH = 64;
/** The library looks for an alias's anchor from the document's start, each time. */
const MAX_ALIASES = 1000;

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
 * Reads YAML documents (JSON is YAML too), each a resource or a list of them. Throws `ResourceError` with every mistake
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
  pace: ReportProgress,
  files: readonly ResourceFile[],
): Promise<Resource[]> {
  const steps = parseInSteps(files);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await pace('read', step.value.done, step.value.total);
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
  pace: ReportProgress,
): Promise<Resource[]> {
  const problems = new ProblemCollector();
  const origin = { file, document: 1 };
  const resources: Resource[] = [];
  for (const [index, value] of values.entries()) {
    await pace('read', index, values.length);
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
  const refuse = (message: string) => {
    problems.add({ origin: { file, document: 1 }, path: '', message });
  };
  if (text.length > MAX_CHARACTERS) return refuse(`expected at most ${MAX_CHARACTERS} characters`);
  const lines = new LineCounter();
  // The parser tells only of the lines after the first.
  lines.addNewLine(0);
  const tokens = tokenizeYaml(text, MAX_DEPTH, lines.addNewLine);
  if (tokens === undefined) return refuse(`expected at most ${MAX_DEPTH} levels of nesting`);
  // Repeated keys are found below: the composer's own search is quadratic.
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false });
  let count = 0;
  for (const document of composer.compose(tokens, false, text.length)) {
    count += 1;
    const origin = { file, document: count };
    const report: Report = (path, message, offset) => {
      problems.add({
        origin,
        path,
        message,
        ...(offset === undefined ? {} : { line: lines.linePos(offset).line }),
      });
    };
    for (const error of document.errors) report('', error.message, error.pos[0]);
    const sound = reportNodes(document, report);
    const usable = sound && document.errors.length === 0 && !isEmpty(document);
    yield { read: document.range[2], found: usable ? parseDocument(document, origin, report) : [] };
  }
}

/** Reports repeated keys, and more aliases than can be followed in little time. Returns whether there are none. */
function reportNodes({ contents }: Document.Parsed, report: Report): boolean {
  let sound = true;
  let aliases = 0;
  const open: unknown[] = [contents];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (isAlias(node)) aliases += 1;
    else if (isSeq(node)) for (const item of node.items) open.push(isNode(item) ? item : null);
    else if (isMap(node)) {
      const keys = new Set<unknown>();
      for (const { key, value } of node.items) {
        const name: unknown = isScalar(key) ? key.value : key;
        if (keys.has(name)) {
          sound = false;
          report('', 'Map keys must be unique', isNode(key) ? key.range?.[0] : undefined);
        }
        keys.add(name);
        open.push(isNode(key) ? key : null, isNode(value) ? value : null);
      }
    }
  }
  if (aliases > MAX_ALIASES) report('', `expected at most ${MAX_ALIASES} aliases`, 0);
  return sound && aliases <= MAX_ALIASES;
}

/** Nothing, or comments alone. */
function isEmpty({ contents }: Document.Parsed): boolean {
  return contents === null || (isScalar(contents) && contents.type === 'PLAIN' && contents.source === '');
}

type Report = (path: string, message: string, offset?: number) => void;

function parseDocument(document: Document.Parsed, origin: ResourceOrigin, report: Report): Resource[] {
  const value = toJson(document, report);
  if (value === undefined) return [];
  const placed = Array.isArray(value)
    ? value.map((item: unknown, index) => ({ item, above: [index] }))
    : [{ item: value, above: [] }];
  const reportAt: ReportMistake = (path, message, at) => report(path, message, offsetOf(document, at));
  return placed
    .map(({ item, above }) => readResourceValue(item, above, origin, reportAt))
    .filter((resource) => resource !== undefined);
}

function toJson(document: Document.Parsed, report: Report): unknown {
  if (!isMap(document.contents) && !isSeq(document.contents)) {
    report(
      '',
      `expected a resource: a mapping with apiVersion, kind and its fields`,
      document.contents?.range?.[0],
    );
    return undefined;
  }
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    report('', error instanceof Error ? error.message : 'it can not be read');
    return undefined;
  }
}

/** Where the value at a path stands in the text, or the closest above it that does. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}
