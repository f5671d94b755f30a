import {
  Composer,
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
} from 'yaml';
import { z } from 'zod';
import { parseResources, type ResourceFile } from '../manifests/parse-resources.ts';
import { ResourceError } from '../manifests/resource.ts';
import { lintPolicy } from '../policy/lint/lint-policy.ts';
import type { PolicyProblem } from '../policy/policy-error.ts';
import { tokenizeYaml } from '../policy/tokenize-yaml.ts';
import { PathMatch } from '../routes/path-match-schema.ts';
import { unmatchablePath } from '../routes/unmatchable-path.ts';

/** Something wrong with a policy, or hardly meant as it stands. */
export interface PolicyFinding {
  readonly file: string;
  readonly severity: 'error' | 'warning';
  /** Counted from 1, in the file; absent where it is not one place. */
  readonly line?: number;
  readonly column?: number;
  /** The id of a policy among resources; absent where the file is a document of its own. */
  readonly policy?: string;
  /** Inside the document, as `[1].allow.or[0].user`; empty for the document itself. */
  readonly path: string;
  /** What was found and what was expected. */
  readonly message: string;
}

const MAX_DEPTH = 64;

/** Everything that is to be said of the policies in a file: a PPL document, or resources of which some are policies. */
export function lintPolicies(source: ResourceFile): PolicyFinding[] {
  const written = readResources(source);
  if (written.length === 0)
    return lintDocument(source.text).map((found) => ({ file: source.file, ...found }));
  return [...lintResources(source), ...written.flatMap(lintRoute), ...written.flatMap(lintResource)].sort(
    byPlace,
  );
}

/** What is to be said of the policies among the resources of a file that parse. */
export function lintPolicyResources(source: ResourceFile): PolicyFinding[] {
  // Most of what is applied at once are accounts, and reading them again takes long.
  if (!source.text.includes('Policy')) return [];
  return readResources(source).flatMap(lintResource).sort(byPlace);
}

function byPlace(a: PolicyFinding, b: PolicyFinding): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

/** A resource as it stands in a file. */
interface WrittenResource extends ResourceFile {
  readonly node: Node;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** Empty if the file is not about resources. */
function readResources({ file, text }: ResourceFile): WrittenResource[] {
  const lines = new LineCounter();
  // The parser tells only of the lines after the first.
  lines.addNewLine(0);
  const tokens = tokenizeYaml(text, MAX_DEPTH, lines.addNewLine);
  if (tokens === undefined) return [];
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false });
  const written = [...composer.compose(tokens, false, text.length)].flatMap((document) =>
    resourcesIn(document.contents).map((node) => ({ file, text, node, document, lines })),
  );
  return written.some(({ node }) => isResource(node)) ? written : [];
}

type Finding = Pick<PolicyFinding, 'severity'> & PolicyProblem;

function lintDocument(source: unknown): Finding[] {
  const { errors, warnings } = lintPolicy(source);
  return [
    ...errors.map((problem) => ({ severity: 'error' as const, ...problem })),
    ...warnings.map((problem) => ({ severity: 'warning' as const, ...problem })),
  ];
}

/** What is wrong with the resources as such. */
function lintResources(source: ResourceFile): PolicyFinding[] {
  try {
    parseResources([source]);
    return [];
  } catch (error) {
    if (!(error instanceof ResourceError)) throw error;
    return error.problems.map(({ origin, path, message, line }) => ({
      file: origin.file,
      severity: 'error',
      ...(line !== undefined && { line }),
      path,
      message,
    }));
  }
}

function resourcesIn(contents: unknown): Node[] {
  if (isSeq(contents)) return contents.items.filter(isNode);
  return isNode(contents) ? [contents] : [];
}

function isResource(node: Node): boolean {
  return isMap(node) && (node.has('apiVersion') || node.has('kind'));
}

const LintedRoute = z.object({
  kind: z.literal('Route'),
  id: z.string().catch(''),
  path: PathMatch,
  encoded_slash: z.enum(['refuse', 'keep']).optional().catch(undefined),
  path_parameters: z.enum(['refuse', 'keep']).optional().catch(undefined),
});

/** A route that no request can match. */
function lintRoute(written: WrittenResource): PolicyFinding[] {
  const { node, file } = written;
  const route = LintedRoute.safeParse(sourceOf(node, written.document)?.value).data;
  const message = route && unmatchablePath(route.path, route);
  if (!route || message === undefined) return [];
  const path = `path.${Object.keys(route.path)[0]}`;
  const { line, column } = place({ severity: 'error', path, message }, node, written);
  return [
    {
      file,
      severity: 'error',
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
      path: `Route ${route.id}: ${path}`,
      message,
    },
  ];
}

function lintResource(written: WrittenResource): PolicyFinding[] {
  const { node } = written;
  if (!isMap(node) || node.get('kind') !== 'Policy') return [];
  const id = node.get('id');
  const ppl: unknown = node.get('ppl', true);
  // What is missing is said by the resource's schema.
  if (!isNode(ppl)) return [];
  const source = sourceOf(ppl, written.document);
  if (source === undefined) return [];
  return lintDocument(source.value).map((found) => ({
    file: written.file,
    severity: found.severity,
    ...place(found, ppl, written),
    ...(typeof id === 'string' && { policy: id }),
    path: found.path,
    message: found.message,
  }));
}

function sourceOf(written: Node, document: Document.Parsed): { value: unknown } | undefined {
  try {
    return { value: written.toJS(document, { maxAliasCount: 100 }) };
  } catch {
    // A bad alias, which is reported of the resource.
    return undefined;
  }
}

function place(
  found: Finding,
  ppl: Node,
  { text, lines }: WrittenResource,
): { line?: number; column?: number } {
  const start = ppl.range?.[0];
  if (isScalar(ppl) && ppl.type === 'BLOCK_LITERAL' && start !== undefined && found.line !== undefined) {
    const header = lines.linePos(start).line;
    const indent = /^(?:[ \t]*\n)*( *)/.exec(text.slice(text.indexOf('\n', start) + 1))?.[1]?.length ?? 0;
    return { line: header + found.line, column: indent + (found.column ?? 1) };
  }
  const offset = offsetAt(ppl, found.path) ?? start;
  if (offset === undefined) return {};
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

const STEP = /\.?([A-Za-z_][A-Za-z0-9_/-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g;

/** Where what a path leads to is written: of a map's value its key. */
function offsetAt(root: Node, path: string): number | undefined {
  let node: unknown = root;
  let offset = root.range?.[0];
  for (const [, name, index, quoted] of path.matchAll(STEP)) {
    if (index !== undefined && isSeq(node)) node = node.items[Number(index)];
    else if (isMap(node)) {
      const key: unknown = quoted === undefined ? name : JSON.parse(quoted);
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key);
      if (pair === undefined) return offset;
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
      continue;
    } else return offset;
    if (isNode(node)) offset = node.range?.[0] ?? offset;
  }
  return offset;
}
