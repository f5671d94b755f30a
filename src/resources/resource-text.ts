import { isDeepStrictEqual } from 'node:util';
import { parseAllDocuments, stringify, type ToStringOptions } from 'yaml';
import { API_VERSION, RESOURCE_SCHEMAS, type ResourceKind } from './resource.ts';

/** A resource without its origin: what a store holds of it. */
export interface KindAndSpec {
  readonly kind: ResourceKind;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** A resource as `apply` takes it: `apiVersion` and `kind` first. */
export type ResourceDocument = Readonly<Record<string, unknown>> & {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: ResourceKind;
};

/** Its fields in the order of the schema; those that `apply` would put back by itself are left out. */
export function resourceDocument({ kind, spec }: KindAndSpec): ResourceDocument {
  const fields = FIELDS[kind]
    .filter(({ name, fallback }) => spec[name] !== undefined && !isDeepStrictEqual(spec[name], fallback))
    .map(({ name }) => [name, spec[name]]);
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
};

const STYLE = {
  lineWidth: 0,
  blockQuote: 'literal',
  // No anchors: who edits one place should not change another.
  aliasDuplicateObjects: false,
} as const satisfies ToStringOptions & { aliasDuplicateObjects: boolean };

/** One YAML document, ending with a newline; it says the very same again when it is read. */
export function formatResource(document: ResourceDocument): string {
  const text = stringify(document, STYLE);
  // Text of several lines is written as it stands, which YAML can't say of every text (some spaces, some controls).
  return isSingleLined(text) || saysTheSame(text, document)
    ? text
    : stringify(document, {
        ...STYLE,
        blockQuote: false,
        defaultStringType: 'QUOTE_DOUBLE',
        defaultKeyType: 'PLAIN',
      });
}

/** Documents separated by `---`; empty where there is none. */
export function formatResources(documents: readonly ResourceDocument[]): string {
  return documents.map(formatResource).join('---\n');
}

function isSingleLined(text: string): boolean {
  return !/[|>][0-9+-]*\n|[^\n\x20-\x7e\xa1-\u1fff\u2030-\ud7ff]/.test(text);
}

function saysTheSame(text: string, document: ResourceDocument): boolean {
  const [parsed, ...others] = parseAllDocuments(Buffer.from(text).toString(), { prettyErrors: false });
  if (!parsed || others.length > 0 || parsed.errors.length > 0) return false;
  return JSON.stringify(parsed.toJS()) === JSON.stringify(document);
}
