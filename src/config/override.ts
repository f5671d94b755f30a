import { CATALOG, GROUPS, variableFor } from './setting-catalog.ts';
import { readYamlText } from './yaml-text.ts';

/** A setting given by a variable or a flag. */
export interface Override {
  /** `['store', 'max_staleness']` */
  readonly path: readonly string[];
  readonly value: unknown;
  readonly source: string;
}

const SETTINGS = new Map(
  CATALOG.filter(({ variable }) => variable !== undefined).map((entry) => [entry.key, entry]),
);
export const SETTING_KEYS: readonly string[] = [...SETTINGS.keys()];
export const SETTING_VARIABLES: readonly string[] = SETTING_KEYS.map(variableFor);

/** The override; undefined for an unknown key; or why the text cannot be read. */
export function readOverride(
  key: string,
  text: string,
  source: string,
): Override | { problem: string } | undefined {
  const reads = howToRead(key);
  if (reads === undefined) return undefined;
  const path = key.split('.');
  if (reads === 'text') return { path, value: text, source };
  const value = readPlainValue(text);
  return 'problem' in value ? value : { path, value: value.value, source };
}

function howToRead(key: string): 'text' | 'yaml' | undefined {
  if (GROUPS.has(key)) return 'yaml';
  const entry = SETTINGS.get(key);
  if (entry) return entry.reads ?? 'text';
  // An entry of a map, such as assertion.claim_headers.email.
  const holder = SETTINGS.get(key.slice(0, Math.max(0, key.lastIndexOf('.'))));
  return holder?.type === 'map' ? 'text' : undefined;
}

/** Reads lists, maps and quoted text as YAML, then numbers and booleans; other text stays as it is. */
function readPlainValue(text: string): { value: unknown } | { problem: string } {
  if (/^\s*[[{"']/.test(text)) {
    const { value, problems } = readYamlText(text);
    return problems.length > 0
      ? { problem: `expected YAML such as [a, b] or {a: b}: ${problems[0]?.message}` }
      : { value };
  }
  if (text === 'true' || text === 'false') return { value: text === 'true' };
  return { value: /^-?\d{1,15}$/.test(text) ? Number(text) : text };
}
