import { type Html, html } from '../../text/html.ts';
import type { DescribedSchema } from './described-api.ts';

/** Longer ones say less than they hide. */
const MAX_PATTERN = 80;

/** What a value is, and of a map or a list what is in it. */
export function renderSchema(schema: DescribedSchema): Html {
  return html`<div class="schema">${renderType(schema)}${renderInside(schema)}</div>`;
}

/** A word or two, with the bounds: `text, at most 256 characters`. */
export function renderType(schema: DescribedSchema): Html {
  const { description, default: preset } = schema;
  const facts = [typeName(schema), ...boundsOf(schema)].join(', ');
  return html`<span class="type">${facts}</span>${
    preset === undefined ? undefined : html`, <code>${JSON.stringify(preset)}</code> where absent`
  }${schema.pattern !== undefined && schema.format === undefined && schema.pattern.length <= MAX_PATTERN ? html`, <code>${schema.pattern}</code>` : undefined}${
    description === undefined ? undefined : html` – ${description}`
  }`;
}

function renderInside(schema: DescribedSchema): Html | undefined {
  const { properties, items, required = [], additionalProperties: others } = schema;
  const ways = waysOf(schema);
  if (ways.some(isCompound)) return html`<ul>${ways.map((way) => html`<li>${renderSchema(way)}</li>`)}</ul>`;
  if (items && isCompound(items)) return renderInside(items);
  if (properties)
    return html`<ul>${Object.entries(properties).map(
      ([name, value]) =>
        html`<li><code>${name}</code>${required.includes(name) ? html`<b title="required">*</b>` : undefined} ${renderSchema(value)}</li>`,
    )}</ul>`;
  if (typeof others === 'object' && isCompound(others)) return renderInside(others);
  return undefined;
}

function isCompound(schema: DescribedSchema): boolean {
  const { properties, items, additionalProperties: others } = schema;
  return (
    properties !== undefined ||
    (items !== undefined && isCompound(items)) ||
    (typeof others === 'object' && isCompound(others)) ||
    waysOf(schema).some(isCompound)
  );
}

function waysOf({ anyOf = [], oneOf = [] }: DescribedSchema): readonly DescribedSchema[] {
  return [...anyOf, ...oneOf];
}

function typeName(schema: DescribedSchema): string {
  const { type, items, format, properties, additionalProperties: others } = schema;
  const ways = waysOf(schema);
  if (ways.length > 0) return ways.some(isCompound) ? 'one of' : ways.map(typeName).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (typeof type === 'object') return type.map((one) => typeName({ ...schema, type: one })).join(' or ');
  switch (type) {
    case undefined:
      return 'any JSON';
    case 'string':
      return format ?? 'text';
    case 'array':
      return items ? `list of ${isCompound(items) ? 'maps' : typeName(items)}` : 'list';
    case 'object':
      return properties === undefined && typeof others === 'object' && !isCompound(others)
        ? `map to ${typeName(others)}`
        : 'map';
    default:
      return type;
  }
}

function boundsOf(schema: DescribedSchema): string[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  return [
    ...between(minimum, maximum, ''),
    ...between(minLength, maxLength, ' characters'),
    ...between(minItems, maxItems, ' of them'),
  ];
}

function between(low: number | undefined, high: number | undefined, unit: string): string[] {
  // What any whole number is within says nothing.
  const [from, to] = [low, high].map((bound) =>
    bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? bound : undefined,
  );
  if (from !== undefined && to !== undefined) return [`${from} to ${to}${unit}`];
  if (from !== undefined) return [`at least ${from}${unit}`];
  return to === undefined ? [] : [`at most ${to}${unit}`];
}
