import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments, stringify, type ToStringOptions } from 'yaml';
import { escapeUnits, replaceOdd } from '../accounts/unseen-characters.ts';
import { API_VERSION, RESOURCE_SCHEMAS, type ResourceKind, type StoredResource } from './resource.ts';

/** A resource as `apply` takes it: `apiVersion` and `kind` first. */
export type ResourceDocument = Readonly<Record<string, unknown>> & {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: ResourceKind;
};

/** Its fields in the order of the schema; those that `apply` would put back by itself are left out. */
export function resourceDocument({ kind, spec }: StoredResource): ResourceDocument {
  const values: Readonly<Record<string, unknown>> = spec;
  const fields = FIELDS[kind]
    .filter(({ name, fallback }) => values[name] !== undefined && !isDeepStrictEqual(values[name], fallback))
    .map(({ name }) => [name, values[name]]);
  return { apiVersion: API_VERSION, kind, ...Object.fromEntries(fields) };
}

interface Field {
  readonly name: string;
  /** What the schema makes of a missing field; undefined where it stays missing or must not be. */
  readonly fallback: unknown;
}

function fieldsOf(kind: ResourceKind): Field[] {
  return Object.entries(RESOURCE_SCHEMAS[kind].shape).map(([name, schema]) => ({
    name,
    fallback: schema.safeParse(undefined).data,
  }));
}

const FIELDS: Readonly<Record<ResourceKind, readonly Field[]>> = {
  Namespace: fieldsOf('Namespace'),
  DirectoryGroup: fieldsOf('DirectoryGroup'),
  DirectoryUser: fieldsOf('DirectoryUser'),
  Policy: fieldsOf('Policy'),
  Route: fieldsOf('Route'),
  ServiceAccount: fieldsOf('ServiceAccount'),
  RoleBinding: fieldsOf('RoleBinding'),
};

const STYLE = {
  lineWidth: 0,
  blockQuote: 'literal',
  // No anchors: who edits one place should not change another.
  aliasDuplicateObjects: false,
} as const satisfies ToStringOptions & { aliasDuplicateObjects: boolean };

/** What neither a terminal nor every reader of YAML takes as it stands. */
const ODD = /[\x00-\x08\x0b-\x1f\ufffe\uffff]|\p{Cs}/u;
const NONCHARACTERS = /[\ufffe\uffff]/g;

function isOdd(text: string): boolean {
  return ODD.test(text) || text !== replaceOdd(text, (character) => (LINES.has(character) ? character : ''));
}

const LINES = new Set(['\n', '\t']);

/** One YAML document, ending with a newline; it says the very same again when it is read. */
export function formatResource(document: ResourceDocument): string {
  const text = stringify(document, STYLE);
  // Text of several lines is written as it stands, which YAML can't say of every text (some with spaces at the ends).
  const isSafe = !isOdd(text) && (!HAS_BLOCK.test(text) || saysTheSame(text, document));
  return isSafe ? text : formatQuoted(document);
}

const HAS_BLOCK = /[|>][0-9+-]*\n/;

function formatQuoted(document: ResourceDocument): string {
  const text = stringify(document, { ...STYLE, blockQuote: false, defaultStringType: 'QUOTE_DOUBLE' });
  return replaceOdd(text, (character) => (LINES.has(character) ? character : escapeUnits(character))).replace(
    NONCHARACTERS,
    escapeUnits,
  );
}

/** Documents separated by `---`; empty where there is none. */
export function formatResources(documents: readonly ResourceDocument[]): string {
  return documents.map(formatResource).join('---\n');
}

function saysTheSame(text: string, document: ResourceDocument): boolean {
  const [parsed, ...others] = parseAllDocuments(text, { prettyErrors: false });
  if (!parsed || others.length > 0 || parsed.errors.length > 0) return false;
  return JSON.stringify(parsed.toJS()) === JSON.stringify(document);
}
