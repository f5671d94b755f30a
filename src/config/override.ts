import { isIP } from 'node:net';
import { closestName } from '../text/suggest-name.ts';
import type { ConfigMistake } from './config-error.ts';
import { CATALOG, GROUPS, OTHER_VARIABLES, variableFor } from './setting-catalog.ts';
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

const PREFIX = 'SALLYPORT_';

/** The settings among the environment's variables. Reports unknown ones. */
export function readEnvironment(
  env: NodeJS.ProcessEnv,
  report: (mistake: ConfigMistake) => void,
): Override[] {
  const overrides: Override[] = [];
  for (const [name, text] of Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (
      !name.startsWith(PREFIX) ||
      text === undefined ||
      OTHER_VARIABLES.has(name) ||
      isServiceLink(name, env)
    )
      continue;
    const key = name.slice(PREFIX.length).replaceAll('__', '.').toLowerCase();
    const override = name === name.toUpperCase() ? readOverride(key, text, name) : undefined;
    if (override === undefined) {
      const meant = closestName(
        name.slice(PREFIX.length),
        SETTING_VARIABLES.map((variable) => variable.slice(PREFIX.length)),
      );
      const hint = meant === undefined ? '' : `; did you mean ${PREFIX}${meant}?`;
      report({ path: key, message: `unknown setting${hint}`, source: name });
    } else if ('problem' in override) report({ path: key, message: override.problem, source: name });
    else overrides.push(override);
  }
  return overrides;
}

const LINK =
  /^(SALLYPORT(?:_[A-Z0-9]+)*?)_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

/** Kubernetes sets these variables in every pod of a namespace with a Service `sallyport` or `sallyport-…`. */
function isServiceLink(name: string, env: NodeJS.ProcessEnv): boolean {
  const service = LINK.exec(name)?.[1];
  return service !== undefined && isIP(env[`${service}_SERVICE_HOST`] ?? '') !== 0;
}
