import { Composer, type Document, isMap, isNode, isScalar, isSeq, LineCounter } from 'yaml';
import { z } from 'zod';
import { suggestName } from '../policy/suggest-name.ts';
import { tokenizeYaml } from '../policy/tokenize-yaml.ts';
import type { Pace } from './pace.ts';
import {
  API_VERSION,
  type Resource,
  ResourceError,
  ResourceKind,
  type ResourceOrigin,
  type ResourceProblem,
  WRITTEN_SCHEMAS,
} from './resource.ts';

const MAX_CHARACTERS = 64 * 1024 * 1024;
const MAX_DEPTH = 64;

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
export async function parseResourcesAt(pace: Pace, files: readonly ResourceFile[]): Promise<Resource[]> {
  const steps = parseInSteps(files);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await pace('read', step.value.done, step.value.total);
  }
}

function* parseInSteps(files: readonly ResourceFile[]): Generator<Progress, Resource[]> {
  const problems: ResourceProblem[] = [];
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
  if (problems.length > 0) throw new ResourceError(problems);
  return resources;
}

function reportRepeated(resources: readonly Resource[], problems: ResourceProblem[]): void {
  const seen = new Map<string, ResourceOrigin>();
  for (const { kind, spec, origin } of resources) {
    const path = `${kind} ${spec.id}`;
    const first = seen.get(path);
    if (first)
      problems.push({ origin, path, message: `is in ${first.file}, document ${first.document}, already` });
    seen.set(path, origin);
  }
}

interface ParsedDocument {
  /** Characters up to the document's end. */
  readonly read: number;
  readonly found: readonly Resource[];
}

function* parseFile({ file, text }: ResourceFile, problems: ResourceProblem[]): Generator<ParsedDocument> {
  const refuse = (message: string) => {
    problems.push({ origin: { file, document: 1 }, path: '', message });
  };
  if (text.length > MAX_CHARACTERS) return refuse(`expected at most ${MAX_CHARACTERS} characters`);
  const lines = new LineCounter();
  // The parser tells only of the lines after the first.
  lines.addNewLine(0);
  const tokens = tokenizeYaml(text, MAX_DEPTH, lines.addNewLine);
  if (tokens === undefined) return refuse(`expected at most ${MAX_DEPTH} levels of nesting`);
  const composer = new Composer({ uniqueKeys: true, prettyErrors: false });
  let count = 0;
  for (const document of composer.compose(tokens, false, text.length)) {
    count += 1;
    const origin = { file, document: count };
    const report: Report = (path, message, offset) => {
      problems.push({
        origin,
        path,
        message,
        ...(offset === undefined ? {} : { line: lines.linePos(offset).line }),
      });
    };
    for (const error of document.errors) report('', error.message, error.pos[0]);
    const usable = document.errors.length === 0 && !isEmpty(document);
    yield { read: document.range[2], found: usable ? parseDocument(document, origin, report) : [] };
  }
}

/** Nothing, or comments alone. */
function isEmpty({ contents }: Document.Parsed): boolean {
  return contents === null || (isScalar(contents) && contents.type === 'PLAIN' && contents.source === '');
}

type Report = (path: string, message: string, offset?: number) => void;

const Envelope = z.looseObject({
  apiVersion: z.literal(API_VERSION, { error: `expected ${API_VERSION}` }),
  kind: z.string({ error: `expected one of ${ResourceKind.options.join(', ')}` }),
});

function parseDocument(document: Document.Parsed, origin: ResourceOrigin, report: Report): Resource[] {
  const value = toJson(document, report);
  if (value === undefined) return [];
  const placed = Array.isArray(value)
    ? value.map((item: unknown, index) => ({ item, above: [index] }))
    : [{ item: value, above: [] }];
  return placed
    .map(({ item, above }) => parseResource(item, above, document, origin, report))
    .filter((resource) => resource !== undefined);
}

/** @param above where the resource is in the document */
function parseResource(
  value: unknown,
  above: readonly PropertyKey[],
  document: Document.Parsed,
  origin: ResourceOrigin,
  report: Report,
): Resource | undefined {
  const envelope = Envelope.safeParse(value);
  if (!envelope.success) {
    reportIssues(envelope.error, document, above, '', report);
    return undefined;
  }
  const { apiVersion: _version, kind: named, ...spec } = envelope.data;
  const kind = ResourceKind.safeParse(named).data;
  if (kind === undefined) {
    report(
      'kind',
      `expected one of ${ResourceKind.options.join(', ')}, not ${JSON.stringify(named)}${suggestName(named, ResourceKind.options)}`,
      offsetOf(document, [...above, 'kind']),
    );
    return undefined;
  }
  const parsed = WRITTEN_SCHEMAS[kind].safeParse(spec);
  if (parsed.success) return { kind, spec: parsed.data, origin } as Resource;
  const subject = `${kind} ${typeof spec.id === 'string' ? spec.id : '(no id)'}`;
  reportIssues(parsed.error, document, above, subject, report);
  return undefined;
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

function reportIssues(
  error: z.ZodError,
  document: Document.Parsed,
  above: readonly PropertyKey[],
  subject: string,
  report: Report,
): void {
  for (const issue of error.issues) {
    const field = issue.path.reduce<string>(
      (path, key) =>
        typeof key === 'number' ? `${path}[${key}]` : path === '' ? String(key) : `${path}.${String(key)}`,
      '',
    );
    const item = subject === '' && above.length > 0 ? `[${String(above[0])}]` : subject;
    const path = [item, field].filter((part) => part !== '').join(': ');
    report(path, issue.message, offsetOf(document, [...above, ...issue.path]));
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
