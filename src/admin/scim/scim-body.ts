import { z } from 'zod';
import { mistakesOf } from '../../text/schema-mistakes.ts';
import { withCanonicalNames } from './canonical-names.ts';
import { ScimRefusal, type ScimType } from './scim-refusal.ts';

/** Entra ID writes it as text, in a capital letter. */
export const ScimBoolean = z.union([
  z.boolean(),
  z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(['true', 'false']))
    .transform((text) => text === 'true'),
]);

/** A field that may be left out, or be null, which is the same; RFC 7643 §2.5. */
export function optionalField<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/**
 * Reads a body, whatever the letter case of its attributes. Throws `ScimRefusal`.
 * @param urn what `schemas` must name, if present
 */
export function parseScimBody<T>(
  schema: z.ZodType<T>,
  urn: string,
  body: unknown,
  scimType: ScimType = 'invalidValue',
): T {
  const canonical = withCanonicalNames(body);
  const stated = z.object({ schemas: z.array(z.string()).optional() }).safeParse(canonical);
  if (!stated.success) throw new ScimRefusal('invalidSyntax', 'expected an object with schemas');
  const { schemas } = stated.data;
  if (schemas && !schemas.some((one) => one.toLowerCase() === urn.toLowerCase()))
    throw new ScimRefusal('invalidSyntax', `expected ${urn} among schemas`);
  const parsed = schema.safeParse(canonical);
  if (parsed.success) return parsed.data;
  throw new ScimRefusal(
    scimType,
    mistakesOf(parsed.error)
      .map(({ path, message }) => [...path, message].join(': '))
      .join('; '),
  );
}

const Wrapped = z.tuple([z.object({ value: z.unknown() })]);

/** The value of an attribute that has one; Entra ID, in its older form, writes a list of one object with `value`. */
export function singleValue(value: unknown): unknown {
  const wrapped = Wrapped.safeParse(value);
  return wrapped.success ? wrapped.data[0].value : value;
}
