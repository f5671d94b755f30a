import { Composer, type Document, isMap, isNode, LineCounter } from 'yaml';
import { z } from 'zod';
import { tokenizeYaml } from '../policy/tokenize-yaml.ts';
import {
  API_VERSION,
  RESOURCE_SCHEMAS,
  type Resource,
  ResourceError,
  ResourceKind,
  type ResourceOrigin,
  type ResourceProblem,
} from './resource.ts';

const MAX_CHARACTERS = 64 * 1024 * 1024;
const MAX_DEPTH = 64;

export interface ResourceFile {
  /** A path, or `-` for standard input. */
  readonly file: string;
  readonly text: string;
}

/** Reads YAML documents (JSON is YAML too) into resources. Throws `ResourceError` with every mistake of every file. */
export function parseResources(files: readonly ResourceFile[]): Resource[] {
  const problems: ResourceProblem[] = [];
  const resources = files.flatMap((file) => parseFile(file, problems));
  const seen = new Map<string, ResourceOrigin>();
  for (const { kind, spec, origin } of resources) {
    const key = `${kind} ${spec.id}`;
    const first = seen.get(key);
    if (first)
      problems.push({
        origin,
        path: key,
        message: `is in ${first.file}, document ${first.document}, already`,
      });
    seen.set(key, origin);
  }
  if (problems.length > 0) throw new ResourceError(problems);
  return resources;
}

function parseFile({ file, text }: ResourceFile, problems: ResourceProblem[]): Resource[] {
  if (text.length > MAX_CHARACTERS) {
    problems.push({
      origin: { file, document: 1 },
      path: '',
      message: `expected at most ${MAX_CHARACTERS} characters`,
    });
    return [];
  }
  const lines = new LineCounter();
  const tokens = tokenizeYaml(text, MAX_DEPTH, lines.addNewLine);
  if (tokens === undefined) {
    problems.push({
      origin: { file, document: 1 },
      path: '',
      message: `expected at most ${MAX_DEPTH} levels of nesting`,
    });
    return [];
  }
  const composer = new Composer({ uniqueKeys: true, prettyErrors: false });
  const documents = [...composer.compose(tokens, false, text.length)];
  return documents.flatMap((document: Document.Parsed, index) => {
    const origin = { file, document: index + 1 };
    const report = (path: string, message: string, offset?: number) => {
      problems.push({
        origin,
        path,
        message,
        ...(offset === undefined ? {} : { line: lines.linePos(offset).line }),
      });
    };
    for (const error of document.errors) report('', error.message, error.pos[0]);
    if (document.errors.length > 0 || document.contents === null) return [];
    const resource = parseDocument(document, origin, report);
    return resource ? [resource] : [];
  });
}

type Report = (path: string, message: string, offset?: number) => void;

const Envelope = z.looseObject({
  apiVersion: z.literal(API_VERSION, { error: `expected ${API_VERSION}` }),
  kind: z.string({ error: `expected one of ${ResourceKind.options.join(', ')}` }),
});

function parseDocument(
  document: Document.Parsed,
  origin: ResourceOrigin,
  report: Report,
): Resource | undefined {
  const value = toJson(document, report);
  if (value === undefined) return undefined;
  const envelope = Envelope.safeParse(value);
  if (!envelope.success) {
    reportIssues(envelope.error, document, '', report);
    return undefined;
  }
  const { apiVersion: _version, kind: named, ...spec } = envelope.data;
  const kind = ResourceKind.safeParse(named).data;
  if (kind === undefined) {
    report(
      'kind',
      `expected one of ${ResourceKind.options.join(', ')}, not ${JSON.stringify(named)}`,
      offsetOf(document, ['kind']),
    );
    return undefined;
  }
  const parsed = RESOURCE_SCHEMAS[kind].safeParse(spec);
  if (parsed.success) return { kind, spec: parsed.data, origin } as Resource;
  reportIssues(
    parsed.error,
    document,
    `${kind} ${typeof spec.id === 'string' ? spec.id : '(no id)'}`,
    report,
  );
  return undefined;
}

function toJson(document: Document.Parsed, report: Report): unknown {
  if (!isMap(document.contents)) {
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

function reportIssues(error: z.ZodError, document: Document.Parsed, subject: string, report: Report): void {
  for (const issue of error.issues) {
    const field = issue.path.reduce<string>(
      (path, key) =>
        typeof key === 'number' ? `${path}[${key}]` : path === '' ? String(key) : `${path}.${String(key)}`,
      '',
    );
    const path = [subject, field].filter((part) => part !== '').join(': ');
    report(path, issue.message, offsetOf(document, issue.path));
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
