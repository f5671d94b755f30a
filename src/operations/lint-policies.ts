import { z } from 'zod';
import { parseResources, type ResourceFile, resourcesIn, YAML_RULES } from '../manifests/parse-resources.ts';
import { ResourceError } from '../manifests/resource.ts';
import { lintPolicy } from '../policy/lint/lint-policy.ts';
import type { PolicyProblem } from '../policy/policy-error.ts';
import { PathMatch } from '../routes/path-match-schema.ts';
import { unmatchablePath } from '../routes/unmatchable-path.ts';
import { readYaml } from '../text/read-yaml.ts';
import { offsetAt, plainValue, type SourceNode } from '../text/source-node.ts';
import { type LineAndColumn, TextLines } from '../text/text-lines.ts';

/** Something wrong with a policy, or hardly meant as it stands. */
export interface PolicyFinding {
  readonly file: string;
  readonly severity: 'error' | 'warning';
  /** Counted from 1; absent if the finding has no single place. */
  readonly line?: number;
  readonly column?: number;
  /** The id of a policy among resources; absent where the file is a document of its own. */
  readonly policy?: string;
  /** Inside the document, as `[1].allow.or[0].user`; empty for the document itself. */
  readonly path: string;
  /** What was found and what was expected. */
  readonly message: string;
}

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

interface WrittenResource extends ResourceFile {
  readonly node: SourceNode;
  readonly value: unknown;
  readonly lines: TextLines;
}

/** Empty if the file is not about resources. */
function readResources({ file, text }: ResourceFile): WrittenResource[] {
  const lines = new TextLines(text);
  const written: WrittenResource[] = [];
  // What is wrong with the text is said of the resources as such.
  for (const { root } of readYaml(text, YAML_RULES, () => undefined))
    for (const [node] of root ? resourcesIn(root) : [])
      written.push({ file, text, node, value: plainValue(node), lines });
  return written.some(({ node }) => isResource(node)) ? written : [];
}

function isResource(node: SourceNode): boolean {
  return node.kind === 'map' && node.entries.some(({ key }) => key === 'apiVersion' || key === 'kind');
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
    return error.problems.map(({ origin, ...problem }) => ({
      file: origin.file,
      severity: 'error',
      ...problem,
    }));
  }
}

const LintedRoute = z.object({
  kind: z.literal('Route'),
  id: z.string().catch(''),
  path: PathMatch,
  encoded_slash: z.enum(['refuse', 'keep']).optional().catch(undefined),
  path_parameters: z.enum(['refuse', 'keep']).optional().catch(undefined),
});

/** A route that no request can match. */
function lintRoute({ file, node, value, lines }: WrittenResource): PolicyFinding[] {
  const route = LintedRoute.safeParse(value).data;
  const message = route && unmatchablePath(route.path, route);
  if (!route || message === undefined) return [];
  const [kind = ''] = Object.keys(route.path);
  const at = lines.at(offsetAt(node, ['path', kind]) ?? 0);
  return [{ file, severity: 'error', ...at, path: `Route ${route.id}: path.${kind}`, message }];
}

// What is missing is said by the resource's schema.
const LintedPolicy = z.object({ kind: z.literal('Policy'), id: z.string().optional().catch(undefined) });

function lintResource({ file, text, node, value, lines }: WrittenResource): PolicyFinding[] {
  const policy = LintedPolicy.safeParse(value).data;
  const ppl = node.kind === 'map' ? node.entries.find(({ key }) => key === 'ppl')?.value : undefined;
  if (policy === undefined || ppl === undefined) return [];
  return lintDocument(plainValue(ppl)).map(({ severity, path, message, ...inText }) => ({
    file,
    severity,
    ...place({ ...inText, path }, ppl, text, lines),
    ...(policy.id !== undefined && { policy: policy.id }),
    path,
    message,
  }));
}

function place(
  found: Pick<Finding, 'path' | 'line' | 'column'>,
  ppl: SourceNode,
  text: string,
  lines: TextLines,
): LineAndColumn {
  const { offset: start = 0 } = ppl;
  if (ppl.kind === 'scalar' && ppl.isBlock && found.line !== undefined) {
    const indent = /^(?:[ \t]*\n)*( *)/.exec(text.slice(text.indexOf('\n', start) + 1))?.[1]?.length ?? 0;
    return { line: lines.at(start).line + found.line, column: indent + (found.column ?? 1) };
  }
  return lines.at(offsetAt(ppl, stepsOf(found.path)) ?? start);
}

const STEP = /\.?([A-Za-z_][A-Za-z0-9_/-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g;

/** The keys and indices of a path such as `[1].allow.or[0].user`. */
function stepsOf(path: string): string[] {
  return [...path.matchAll(STEP)].map(([, name, index, quoted]) =>
    quoted === undefined ? (name ?? index ?? '') : String(JSON.parse(quoted)),
  );
}
