import { z } from 'zod';
import { listenerShape } from './listener.ts';
import { SECTIONS } from './schema.ts';
import { docOf, type SettingDoc } from './setting.ts';

/** A setting with its key, its variable and its documentation. */
export interface CatalogEntry extends SettingDoc {
  /** `store.embedded.path`; `listen[].tls.cert` within a list. */
  readonly key: string;
  /** Absent within a list, which a variable replaces whole. */
  readonly variable: string | undefined;
  /** As it would be written in YAML; undefined if it has no default. */
  readonly default: unknown;
}

const CLI_VARIABLES = [
  'SALLYPORT_CONFIG',
  'SALLYPORT_SERVER',
  'SALLYPORT_TOKEN',
  'SALLYPORT_CA',
  'SALLYPORT_PROFILE',
  'SALLYPORT_PROFILES',
] as const;
/** Variables that the command line reads for itself. */
export const OTHER_VARIABLES: ReadonlySet<string> = new Set(CLI_VARIABLES);

/** `store.max_staleness` → `SALLYPORT_STORE__MAX_STALENESS` */
export function variableFor(key: string): string {
  return `SALLYPORT_${key.replaceAll('.', '__').toUpperCase()}`;
}

/** Every setting, in the order of the schema. */
export const CATALOG: readonly CatalogEntry[] = Object.entries(SECTIONS).flatMap(([key, schema]) =>
  listSettings(key, schema),
);

/** Keys that hold others, and are nothing by themselves: `store`, `store.embedded`. */
export const GROUPS: ReadonlySet<string> = new Set(
  CATALOG.flatMap(({ key }) => {
    const names = key.split('.');
    return names.slice(1).map((_, index) => names.slice(0, index + 1).join('.'));
  }).filter((key) => !CATALOG.some((entry) => entry.key === key) && !key.includes('[]')),
);

function listSettings(key: string, schema: z.core.$ZodType): CatalogEntry[] {
  const doc = docOf(schema);
  const own: CatalogEntry[] = doc
    ? [
        {
          ...doc,
          key,
          variable: key.includes('[]') ? undefined : variableFor(key),
          default: defaultOf(schema),
        },
      ]
    : [];
  return [
    ...own,
    ...Object.entries(shapeOf(key, schema)).flatMap(([name, child]) =>
      listSettings(child.key ?? `${key}.${name}`, child.schema),
    ),
  ];
}

interface Child {
  readonly schema: z.core.$ZodType;
  readonly key?: string;
}

function shapeOf(key: string, schema: z.core.$ZodType): Record<string, Child> {
  if (key === 'listen') return childrenOf(listenerShape, (name) => `listen[].${name}`);
  if (key === 'http.listen' || key === 'admin.listen')
    return childrenOf(listenerShape, (name) => `${key}.${name}`);
  const inner = unwrap(schema);
  return inner instanceof z.ZodObject ? childrenOf(inner.shape) : {};
}

function childrenOf(
  shape: Record<string, z.core.$ZodType>,
  key?: (name: string) => string,
): Record<string, Child> {
  return Object.fromEntries(
    Object.entries(shape).map(([name, schema]) => [name, key ? { schema, key: key(name) } : { schema }]),
  );
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) return unwrap(schema.def.innerType);
  return schema instanceof z.ZodPipe ? unwrap(schema.def.out) : schema;
}

function defaultOf(schema: z.core.$ZodType): unknown {
  return schema instanceof z.ZodPrefault ? schema.def.defaultValue : undefined;
}
