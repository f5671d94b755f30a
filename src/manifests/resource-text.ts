import { isDeepStrictEqual } from 'node:util';
import {
  type CreateNodeOptions,
  Document,
  type DocumentOptions,
  parseAllDocuments,
  Scalar,
  type ScalarTag,
  type SchemaOptions,
  type ToStringOptions,
  visit,
} from 'yaml';
import { RESOURCE_KINDS } from '../contract/resource-kinds.ts';
import { escapeUnits, replaceUnprintable } from '../text/printable.ts';
import { API_VERSION, ResourceKind, type StoredResource } from './resource.ts';

/** A resource as `apply` takes it: `apiVersion` and `kind` first. */
export type ResourceDocument = Readonly<Record<string, unknown>> & {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: ResourceKind;
};

/** Its fields in the order of the schema; those that `apply` would put back by itself are left out. */
export function resourceDocument({ kind, spec }: StoredResource): ResourceDocument {
  const values: Readonly<Record<string, unknown>> = spec;
  const fields = (FIELDS.get(kind) ?? [])
    .filter(({ name, fallback }) => values[name] !== undefined && !isDeepStrictEqual(values[name], fallback))
    .map(({ name }) => [name, values[name]]);
  return { apiVersion: API_VERSION, kind, ...Object.fromEntries(fields) };
}

interface Field {
  readonly name: string;
  /** The schema's default; undefined if the field has none. */
  readonly fallback: unknown;
}

const FIELDS = new Map(
  ResourceKind.options.map((kind) => [
    kind,
    Object.entries(RESOURCE_KINDS[kind].schema.shape).map(
      ([name, schema]): Field => ({ name, fallback: schema.safeParse(undefined).data }),
    ),
  ]),
);

const STYLE = {
  lineWidth: 0,
  blockQuote: 'literal',
} as const satisfies ToStringOptions;

/** YAML 1.1 takes `1e+21` for text: a float needs a point. */
const FLOAT: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  identify: (value) => typeof value === 'number' && /^-?\d+e/.test(String(value)),
  test: /^-?\d+\.0e[-+]\d+$/,
  resolve: Number,
  stringify: ({ value }) => String(value).replace('e', '.0e'),
};

const SCHEMA = {
  // No anchors: who edits one place should not change another.
  aliasDuplicateObjects: false,
  // Helm, PyYAML and Ansible read YAML 1.1, where a plain `no`, `on`, `12:30` or `1_000` is no text.
  compat: 'yaml-1.1',
  customTags: (tags) => [FLOAT, ...tags],
} satisfies DocumentOptions & SchemaOptions & CreateNodeOptions;

/** What the library does not know of readers of YAML 1.1: `=` is a type of its own, and a tab ends plain text. */
const MISREAD = /^=$|	/;

/** What neither a terminal nor every reader of YAML takes as it stands. */
const ODD = /[\x00-\x08\x0b-\x1f\ufffe\uffff]|\p{Cs}/u;
const NONCHARACTERS = /[\ufffe\uffff]/g;

function isOdd(text: string): boolean {
  return (
    ODD.test(text) ||
    text !== replaceUnprintable(text, (character) => (LINES.has(character) ? character : ''))
  );
}

const LINES = new Set(['\n', '\t']);

/** One YAML document, ending with a newline; it says the very same again when it is read. */
export function formatResource(document: Readonly<Record<string, unknown>>): string {
  const text = write(document, STYLE);
  // Text of several lines is written as it stands, which YAML can't say of every text (some with spaces at the ends).
  const isSafe = !isOdd(text) && (!HAS_BLOCK.test(text) || saysTheSame(text, document));
  return isSafe ? text : formatQuoted(document);
}

const HAS_BLOCK = /[|>][0-9+-]*\n/;

function formatQuoted(document: Readonly<Record<string, unknown>>): string {
  const text = write(document, { ...STYLE, blockQuote: false, defaultStringType: 'QUOTE_DOUBLE' });
  return replaceUnprintable(text, (character) =>
    LINES.has(character) ? character : escapeUnits(character),
  ).replace(NONCHARACTERS, escapeUnits);
}

function write(document: Readonly<Record<string, unknown>>, style: ToStringOptions): string {
  const nodes = new Document(document, SCHEMA);
  visit(nodes, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && MISREAD.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return nodes.toString(style);
}

/** Documents separated by `---`. */
export function formatResources(documents: readonly ResourceDocument[]): string {
  return documents.map(formatResource).join('---\n');
}

function saysTheSame(text: string, document: Readonly<Record<string, unknown>>): boolean {
  const [parsed, ...others] = parseAllDocuments(text, { prettyErrors: false });
  if (!parsed || others.length > 0 || parsed.errors.length > 0) return false;
  return JSON.stringify(parsed.toJS()) === JSON.stringify(document);
}
