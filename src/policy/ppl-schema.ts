import { ACTIONS, OPERATORS } from './compiled-policy.ts';
import { CRITERIA } from './criteria.ts';
import type { CriterionKind } from './criterion.ts';

type Schema = { readonly [keyword: string]: unknown };

const scalar: Schema = { type: ['string', 'number', 'boolean', 'null'] };
const scalars: Schema = { type: 'array', items: scalar };
const text: Schema = { type: 'string' };
const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` });

/** What an editor shows of a key, wherever it stands. */
const WORDS: Readonly<Record<string, string>> = {
  and: 'Holds if all criteria hold.',
  or: 'Holds if one criterion holds.',
  not: 'Of criteria: holds if none holds. Of a value: it is another.',
  nor: 'Holds if not all criteria hold.',
  is: 'The value itself; of a list, its only element.',
  contains: 'A part of the value.',
  starts_with: 'How the value starts.',
  ends_with: 'How the value ends.',
  in: 'Values, one of which it is.',
  not_in: 'Values, none of which it is.',
  has: 'An element of the list.',
  exclude: 'No element of the list.',
  fingerprint: 'SHA-256 of the certificate.',
  spki_hash: 'SHA-256 of its public key, in base64.',
  after: 'Holds after this time.',
  before: 'Holds before this time.',
  timezone: 'The name of a zone.',
  type: 'The type of the device.',
  approved: 'Whether the device is approved.',
};

/** A map of these keys and no others, each optional unless required. */
function map(properties: Readonly<Record<string, Schema>>, more: Schema = {}): Schema {
  const described = Object.entries(properties).map(([name, schema]) => [
    name,
    { ...(WORDS[name] !== undefined && { description: WORDS[name] }), ...schema },
  ]);
  return { type: 'object', properties: Object.fromEntries(described), additionalProperties: false, ...more };
}

const hash = (pattern: string): Schema => {
  const one: Schema = { type: 'string', pattern };
  return { anyOf: [one, { type: 'array', items: one }] };
};

const afterOrBefore: Schema = { anyOf: [{ required: ['after'] }, { required: ['before'] }] };

const DATA: Readonly<Record<CriterionKind['data'], Schema>> = {
  ignored: { description: 'Ignored.' },
  string: {
    description: 'A value to equal, or operators that all must hold.',
    anyOf: [
      scalar,
      map({
        is: scalar,
        not: scalar,
        contains: text,
        starts_with: text,
        ends_with: text,
        in: scalars,
        not_in: scalars,
      }),
    ],
  },
  'string-list': {
    description: 'A value to have, or operators that all must hold.',
    anyOf: [scalar, map({ has: scalar, is: scalar, exclude: scalar })],
  },
  'source-ip': {
    description: 'An IP address or network such as 10.0.0.0/8, or a list of them.',
    anyOf: [text, { type: 'array', items: text }],
  },
  certificate: map(
    {
      fingerprint: hash('^(?:[0-9a-f]{64}|[0-9A-F]{2}(?::[0-9A-F]{2}){31})$'),
      spki_hash: hash('^[A-Za-z0-9+/]{43}=$'),
      san_email: ref('string'),
      san_dns: ref('string'),
      san_uri: ref('string'),
    },
    { description: "Conditions on the client's certificate that all must hold." },
  ),
  date: map(
    { after: text, before: text },
    { description: 'Times such as 2027-01-31T12:00:00Z; UTC where no zone.', ...afterOrBefore },
  ),
  'day-of-week': { description: 'Days by UTC: mon-fri, "mon,wed" or "*".', type: 'string' },
  'time-of-day': map(
    { timezone: text, after: text, before: text },
    {
      description: 'Times such as 9:30, 17:30:00 or 5:30PM on the clock of a zone such as Europe/Berlin.',
      required: ['timezone'],
      ...afterOrBefore,
    },
  ),
  device: map(
    { is: text, type: text, approved: {} },
    { description: 'A service account has no device: holds only without is, type and approved.' },
  ),
  'ssh-keys': {
    description: 'A public key as authorized_keys has it, or a list. Never holds: there is no SSH.',
    anyOf: [text, { type: 'array', items: text }],
  },
  text,
};

/** The JSON Schema (2020-12) of a PPL document, by which editors complete and check it. */
export function createPplSchema(): Schema {
  const kinds = [...CRITERIA.values()];
  const criterion: Schema = {
    type: 'object',
    description: 'One criterion and its data.',
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
    properties: Object.fromEntries(
      kinds.filter((kind) => kind.name !== 'claim').map((kind) => [kind.name, ref(kind.data)]),
    ),
    patternProperties: { '^claim/.': ref('string-list') },
  };
  const clauses = map(
    Object.fromEntries(OPERATORS.map((name) => [name, { type: 'array', items: ref('criterion') }])),
  );
  const rule = map(Object.fromEntries(ACTIONS.map((name) => [name, ref('clauses')])));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'PPL, the Pomerium Policy Language, as Sallyport reads it',
    anyOf: [ref('rule'), { type: 'array', items: ref('rule') }],
    $defs: { rule, clauses, criterion, ...DATA },
  };
}
