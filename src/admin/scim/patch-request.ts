import { z } from 'zod';
import { canonicalName, withCanonicalNames } from './canonical-names.ts';
import { parseScimBody } from './scim-body.ts';
import { ScimRefusal } from './scim-refusal.ts';
import { GROUP_SCHEMA, USER_SCHEMA } from './scim-schemas.ts';

const PATCH_SCHEMA = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

const MAX_OPERATIONS = 1000;
const MAX_PATH = 4096;

const RawOperation = z.object({
  // Entra ID writes it in capitals.
  op: z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(['add', 'remove', 'replace'])),
  path: z.string().max(MAX_PATH).optional(),
  value: z.unknown().optional(),
});
const PatchRequest = z.object({ Operations: z.array(RawOperation).min(1).max(MAX_OPERATIONS) });
const LooseRequest = z.object({ Operations: z.array(z.unknown()) });

/** What one operation is about; RFC 7644 figure 7. */
export interface PatchPath {
  /** As the RFCs write it. */
  readonly attribute: string;
  /** In brackets behind it. */
  readonly filter: string | undefined;
  readonly sub: string | undefined;
}

/** An operation on one attribute. */
export interface PatchOperation extends PatchPath {
  readonly op: 'add' | 'remove' | 'replace';
  readonly value: unknown;
}

/**
 * Reads a PatchOp message (RFC 7644 §3.5.2), an operation without a path as one for each attribute of its value. What is
 * about another schema is left out. Throws `ScimRefusal`.
 */
export function parsePatchRequest(body: unknown): PatchOperation[] {
  const { Operations } = parseScimBody(PatchRequest, PATCH_SCHEMA, body, 'invalidSyntax');
  return Operations.flatMap(splitOperation);
}

/**
 * The same of a message of which not everything can be read: each operation as a function that reads it, or throws
 * `ScimRefusal`. Undefined if the body is no such message at all.
 */
export function splitPatchRequest(body: unknown): readonly (() => PatchOperation[])[] | undefined {
  const parsed = LooseRequest.safeParse(withCanonicalNames(body));
  if (!parsed.success) return undefined;
  return parsed.data.Operations.slice(0, MAX_OPERATIONS).map((raw) => () => {
    const operation = RawOperation.safeParse(raw);
    if (operation.success) return splitOperation(operation.data);
    throw new ScimRefusal('invalidSyntax', 'the operation is not readable');
  });
}

function splitOperation({ op, path, value }: z.output<typeof RawOperation>): PatchOperation[] {
  if (path !== undefined && path.trim() !== '' && !isCoreSchema(path)) return operationsAt(op, path, value);
  if (op === 'remove') throw new ScimRefusal('noTarget', 'expected a path of what to remove');
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ScimRefusal('invalidValue', 'expected an object of attributes if there is no path');
  return attributesOf(value).flatMap(([name, field]) => operationsAt(op, name, field));
}

/** The attributes of a value without a path, also of those that it names under their schema. */
export function attributesOf(value: object): [name: string, value: unknown][] {
  return Object.entries(value).flatMap(([name, field]: [string, unknown]) =>
    isCoreSchema(name) && typeof field === 'object' && field !== null
      ? Object.entries(field)
      : [[name, field] as [string, unknown]],
  );
}

export function isCoreSchema(path: string): boolean {
  const text = path.trim().toLowerCase();
  return text === USER_SCHEMA.toLowerCase() || text === GROUP_SCHEMA.toLowerCase();
}

/** No two of its parts can match the same text, so that it takes no longer than the text. */
const PATH = /^(?:(urn:[^\s[\]]*):)?([A-Za-z$][\w$-]*)(?:\[([^\p{Cc}]*)\])?(?:\.([A-Za-z$][\w$-]*))?$/iu;

function operationsAt(op: PatchOperation['op'], text: string, value: unknown): PatchOperation[] {
  const [, urn, attribute, filter, sub] = PATH.exec(text.trim()) ?? [];
  if (attribute === undefined)
    throw new ScimRefusal('invalidPath', `${JSON.stringify(text)} is no path of an attribute`);
  const isOurs =
    urn === undefined || [USER_SCHEMA, GROUP_SCHEMA].some((one) => one.toLowerCase() === urn.toLowerCase());
  if (!isOurs) return [];
  if (value === undefined && op !== 'remove')
    throw new ScimRefusal('invalidValue', `expected a value for ${text}`);
  return [
    {
      op,
      attribute: canonicalName(attribute) ?? attribute,
      filter,
      sub: sub === undefined ? undefined : (canonicalName(sub) ?? sub),
      value,
    },
  ];
}
