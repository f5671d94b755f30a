import { type Filter, parse, Tester } from 'scim2-parse-filter';
import { canonicalName } from './canonical-names.ts';
import { ScimRefusal } from './scim-refusal.ts';
import { withoutCoreSchema } from './scim-schemas.ts';

const MAX_LENGTH = 4096;
/** The parser may take forever over line breaks in a quotation that does not end. */
const CONTROL = /\p{Cc}/u;

/** Attributes of several values, of which a comparison means `value`; RFC 7644 §3.4.2.2. */
const COMPLEX = new Set(['members', 'emails', 'groups']);
/** Texts whose letter case counts. */
const CASE_EXACT = new Set(['id', 'externalId', 'members.value', 'groups.value']);

/** Parses a filter (RFC 7644 §3.4.2.2), names of attributes as the RFCs write them. Throws `ScimRefusal`. */
export function parseFilter(text: string): Filter {
  if (text.length > MAX_LENGTH || CONTROL.test(text))
    throw new ScimRefusal(
      'invalidFilter',
      `expected a filter of at most ${MAX_LENGTH} characters, none of them a control character`,
    );
  let filter: Filter;
  try {
    filter = parse(text);
  } catch {
    throw new ScimRefusal(
      'invalidFilter',
      `${JSON.stringify(text)} is no filter: expected such as userName eq "bob@example.com"`,
    );
  }
  return canonicalFilter(filter, '');
}

/** @param above the attribute in whose brackets this is, with a dot */
function canonicalFilter(filter: Filter, above: string): Filter {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { ...filter, filters: filter.filters.map((one) => canonicalFilter(one, above)) };
    case 'not':
      return { ...filter, filter: canonicalFilter(filter.filter, above) };
    case '[]': {
      const attrPath = canonicalPath(filter.attrPath);
      return { ...filter, attrPath, valFilter: canonicalFilter(filter.valFilter, `${attrPath}.`) };
    }
    case 'pr':
      return { ...filter, attrPath: canonicalPath(filter.attrPath) };
    default: {
      const path = canonicalPath(filter.attrPath);
      const attrPath = above === '' && COMPLEX.has(path) ? `${path}.value` : path;
      const { compValue } = filter;
      const folds = typeof compValue === 'string' && !CASE_EXACT.has(`${above}${attrPath}`);
      return { ...filter, attrPath, compValue: folds ? compValue.toLowerCase() : compValue };
    }
  }
}

function canonicalPath(path: string): string {
  const attribute = withoutCoreSchema(path);
  if (attribute.includes(':')) return attribute;
  return attribute
    .split('.')
    .map((name) => canonicalName(name) ?? name)
    .join('.');
}

/** Whether a resource fits; letter case counts where the schema says so. */
export function createTest(filter: Filter): (resource: object) => boolean {
  const tester = new Tester();
  return (resource) => tester.test(foldCase(resource, ''), filter);
}

function foldCase(value: unknown, path: string): unknown {
  if (typeof value === 'string') return CASE_EXACT.has(path) ? value : value.toLowerCase();
  if (Array.isArray(value)) return value.map((item: unknown) => foldCase(item, path));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      foldCase(field, path === '' ? name : `${path}.${name}`),
    ]),
  );
}

/** The value that the filter requires of an attribute; undefined if it requires none. */
export function requiredValue(filter: Filter, attribute: string): string | undefined {
  if (filter.op === 'and')
    return filter.filters.map((one) => requiredValue(one, attribute)).find((value) => value !== undefined);
  if (filter.op !== 'eq' || filter.attrPath !== attribute) return undefined;
  return typeof filter.compValue === 'string' ? filter.compValue : undefined;
}

export function mentions(filter: Filter, attribute: string): boolean {
  switch (filter.op) {
    case 'and':
    case 'or':
      return filter.filters.some((one) => mentions(one, attribute));
    case 'not':
      return mentions(filter.filter, attribute);
    default:
      return filter.attrPath === attribute || filter.attrPath.startsWith(`${attribute}.`);
  }
}
