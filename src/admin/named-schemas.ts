import { z } from 'zod';

/** JSON Schema 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A request may leave out what has a default; an answer never does. */
type Side = 'request' | 'response';

const DEFS = '#/$defs/';
const COMPONENTS = '#/components/schemas/';

/**
 * Collects the schemas that have an `id`, for one place in a document. What differs between requests and answers has two
 * names, such as `PolicyInput` and `Policy`. References are `request:Policy` and the like until `resolve`.
 */
export class NamedSchemas {
  readonly #found: Readonly<Record<Side, Map<string, JsonSchema>>> = {
    request: new Map(),
    response: new Map(),
  };

  describe(schema: z.core.$ZodType, side: Side): JsonSchema {
    const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    const { $defs, $schema: _, ...own } = adapt(described, side);
    for (const [id, named] of Object.entries(asObject($defs))) this.#found[side].set(id, asObject(named));
    return own;
  }

  /** The schema that a reference leads to, with what is said beside the reference. */
  follow(schema: JsonSchema): JsonSchema {
    const { $ref, ...beside } = schema;
    if (typeof $ref !== 'string') return schema;
    const { side, id } = splitReference($ref);
    return { ...this.#found[side].get(id), ...beside };
  }

  /** The first example of a schema, or one that is made of those of its parts. */
  exampleOf(schema: JsonSchema): unknown {
    const found = this.follow(schema);
    if (Array.isArray(found.examples)) return found.examples[0];
    for (const keyword of ['const', 'default']) if (keyword in found) return found[keyword];
    for (const choices of [found.anyOf, found.oneOf])
      if (Array.isArray(choices)) return this.exampleOf(asObject(choices[0]));
    if (Array.isArray(found.enum)) return found.enum[0];
    if ('properties' in found) {
      const required: readonly unknown[] = Array.isArray(found.required) ? found.required : [];
      return Object.fromEntries(
        Object.entries(asObject(found.properties))
          .filter(([name]) => required.includes(name))
          .map(([name, property]) => [name, this.exampleOf(asObject(property))]),
      );
    }
    return this.#plainExample(found);
  }

  #plainExample({ type, items, minimum }: JsonSchema): unknown {
    switch (type) {
      case 'array':
        return [this.exampleOf(asObject(items))];
      case 'object':
        return {};
      case 'boolean':
        return false;
      case 'integer':
        return typeof minimum === 'number' ? Math.max(minimum, 0) : 0;
      default:
        return null;
    }
  }

  all(): Record<string, JsonSchema> {
    const differing = this.#differing();
    const named = (['request', 'response'] as const).flatMap((side) =>
      [...this.#found[side]].map(([id, schema]) => [nameOf({ side, id }, differing), schema] as const),
    );
    return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The document with the references that clients follow. */
  resolve(document: JsonSchema): JsonSchema {
    const differing = this.#differing();
    const resolved: unknown = JSON.parse(JSON.stringify(document), (key, value: unknown) =>
      key === '$ref' && typeof value === 'string' && !value.startsWith('#')
        ? `${COMPONENTS}${nameOf(splitReference(value), differing)}`
        : value,
    );
    return asObject(resolved);
  }

  /** Ids of schemas that are not the same on both sides, or refer to one that is not. */
  #differing(): ReadonlySet<string> {
    const differing = new Set<string>();
    for (let before = -1; before < differing.size; ) {
      before = differing.size;
      for (const [id, request] of this.#found.request) {
        const response = this.#found.response.get(id);
        if (!response) continue;
        const text = JSON.stringify(request);
        const isSame = text.replaceAll('"request:', '"response:') === JSON.stringify(response);
        if (!isSame || [...differing].some((other) => text.includes(`"request:${other}"`))) differing.add(id);
      }
    }
    return differing;
  }
}

interface Reference {
  readonly side: Side;
  readonly id: string;
}

function splitReference(reference: string): Reference {
  const [side, id = ''] = reference.split(':');
  return { side: side === 'request' ? 'request' : 'response', id };
}

function nameOf({ side, id }: Reference, differing: ReadonlySet<string>): string {
  return side === 'request' && differing.has(id) ? `${id}Input` : id;
}

/** Keywords whose values are schemas by name, a list of schemas, or one schema. */
const MAPS: ReadonlySet<string> = new Set(['properties', '$defs']);
const LISTS: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf']);
const SINGLE: ReadonlySet<string> = new Set(['items', 'additionalProperties', 'propertyNames']);

/** zod drops `examples` of whatever is transformed, so that schemas have `example` instead. */
function adapt(schema: object, side: Side): JsonSchema {
  const adapted: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === '$ref') adapted.$ref = `${side}:${String(value).replace(DEFS, '')}`;
    else if (keyword === 'example') adapted.examples = [value];
    else if (MAPS.has(keyword))
      adapted[keyword] = Object.fromEntries(
        Object.entries(asObject(value)).map(([name, each]) => [name, adapt(asObject(each), side)]),
      );
    else if (LISTS.has(keyword) && Array.isArray(value))
      adapted[keyword] = value.map((each) => adapt(asObject(each), side));
    else if (SINGLE.has(keyword) && typeof value === 'object')
      adapted[keyword] = adapt(asObject(value), side);
    else adapted[keyword] = value;
  }
  if (side === 'response' && adapted.properties !== undefined) {
    const required = new Set(Array.isArray(adapted.required) ? adapted.required : []);
    for (const [name, property] of Object.entries(asObject(adapted.properties)))
      if ('default' in asObject(property)) required.add(name);
    if (required.size > 0) adapted.required = [...required];
  }
  return adapted;
}

function asObject(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
