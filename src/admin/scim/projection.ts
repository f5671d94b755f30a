import { canonicalName } from './canonical-names.ts';
import type { ScimAnswer } from './scim-handler.ts';
import { withoutCoreSchema } from './scim-schemas.ts';
import type { SearchQuery } from './search-query.ts';

export type SelectedAttributes = Pick<SearchQuery, 'attributes' | 'excludedAttributes'>;

/** What every answer has, whatever is asked for. */
const ALWAYS = new Set(['schemas', 'id']);

/** Whether an attribute will be in the answer, as a whole or in part: what is not need not be looked up. */
export function wants({ attributes, excludedAttributes }: SelectedAttributes, name: string): boolean {
  if (attributes) return attributes.some((path) => pathOf(path)[0] === name);
  return !(excludedAttributes ?? []).some((path) => pathOf(path).join('.') === name);
}

/** The attributes that were asked for; RFC 7644 §3.9. */
export function project(resource: object, { attributes, excludedAttributes }: SelectedAttributes): object {
  if (attributes) return pick(resource, attributes.map(pathOf));
  return excludedAttributes ? leaveOut(resource, excludedAttributes.map(pathOf)) : resource;
}

/** An answer with the attributes of the resource that were asked for. */
export function answerResource(
  status: 200 | 201,
  resource: { readonly meta: { readonly version: string; readonly location: string } },
  selected: SelectedAttributes,
): ScimAnswer {
  const { version, location } = resource.meta;
  return { status, body: project(resource, selected), version, location };
}

type Path = readonly [name: string | undefined, sub: string | undefined];

function pathOf(text: string): Path {
  const [name, sub] = withoutCoreSchema(text)
    .split('.', 2)
    .map((part) => canonicalName(part) ?? part);
  return [name, sub];
}

function pick(resource: object, paths: readonly Path[]): object {
  return mapFields(resource, (name, value) => {
    if (ALWAYS.has(name)) return value;
    const own = paths.filter((path) => path[0] === name);
    if (own.length === 0) return undefined;
    if (own.some(([, sub]) => sub === undefined)) return value;
    return mapSubs(value, (sub) => own.some((path) => path[1] === sub));
  });
}

function leaveOut(resource: object, paths: readonly Path[]): object {
  return mapFields(resource, (name, value) => {
    const own = ALWAYS.has(name) ? [] : paths.filter((path) => path[0] === name);
    if (own.some(([, sub]) => sub === undefined)) return undefined;
    return own.length === 0 ? value : mapSubs(value, (sub) => !own.some((path) => path[1] === sub));
  });
}

function mapSubs(value: unknown, keeps: (sub: string) => boolean): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => mapSubs(item, keeps));
  if (typeof value !== 'object' || value === null) return value;
  return mapFields(value, (sub, field) => (keeps(sub) ? field : undefined));
}

function mapFields(value: object, field: (name: string, value: unknown) => unknown): object {
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, one]) => [name, field(name, one)] as const)
      .filter(([, one]) => one !== undefined),
  );
}
