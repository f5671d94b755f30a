import { z } from 'zod';
import { suggestName } from './suggest-name.ts';

/** A mistake that a schema found. The message never repeats the value, which may be a secret. */
export interface SchemaMistake {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly isUnknownKey?: true;
}

/** One for each mistake, and for each unknown key. */
export function mistakesOf({ issues }: z.core.$ZodError): SchemaMistake[] {
  return issues.flatMap((issue): SchemaMistake[] => {
    const { path, message } = issue;
    if (issue.code !== 'unrecognized_keys') return [{ path, message }];
    const messages = message.split('\n');
    return issue.keys.map((key, index) => ({
      path: [...path, key],
      message: messages[index] ?? message,
      isUnknownKey: true,
    }));
  });
}

/** `hosts[0].name` */
export function formatSteps(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a map',
  record: 'a map',
  date: 'a date',
  null: 'null',
  never: 'nothing',
  nonoptional: 'a value',
};

const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'a time such as 2027-01-31T12:00:00Z',
  url: 'a URL',
  email: 'an email address',
  uuid: 'a UUID',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  base64: 'base64',
  base64url: 'base64url',
};

/** The message for an issue whose schema has none. */
function explain(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type': {
      const expected = `expected ${TYPES[issue.expected] ?? issue.expected}`;
      if (issue.input === undefined) return `${expected}; it is missing`;
      return Number.isNaN(issue.input) ? expected : `${expected}, got ${typeOf(issue.input)}`;
    }
    case 'invalid_value': {
      const values = issue.values.map(String);
      const meant = typeof issue.input === 'string' ? suggestName(issue.input, values) : '';
      return `expected ${values.length === 1 ? '' : 'one of '}${values.join(', ')}${meant}${missing(issue.input)}`;
    }
    case 'too_small':
      return bound(issue, issue.minimum, issue.inclusive ? 'at least' : 'more than');
    case 'too_big':
      return bound(issue, issue.maximum, issue.inclusive ? 'at most' : 'less than');
    case 'invalid_format':
      return `expected ${FORMATS[issue.format] ?? (issue.pattern === undefined ? issue.format : `text that matches ${issue.pattern}`)}`;
    case 'not_multiple_of':
      return `expected a multiple of ${issue.divisor}`;
    case 'unrecognized_keys': {
      const known = issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape) : [];
      return issue.keys
        .map((key) => `unknown key ${JSON.stringify(key.slice(0, 64))}${suggestName(key, known)}`)
        .join('\n');
    }
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues[0]?.message ?? 'expected another name';
    case 'invalid_union':
      return explainUnion(issue);
    default:
      return 'expected another value';
  }
}

/** The mistakes of the closest form; if none is close, the forms. */
function explainUnion(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string {
  if (issue.input === undefined) return 'expected a value; it is missing';
  const forms: readonly (readonly z.core.$ZodIssue[])[] = issue.errors;
  const close = forms.find((issues) => issues.every(({ path }) => path.length > 0));
  const best = close ?? forms.find((issues) => issues.every(({ code }) => !WRONG_FORM.has(code)));
  if (best && best.length > 0)
    return best
      .map(({ path, message }) => [formatSteps(path), message].filter((part) => part !== '').join(': '))
      .join('; ');
  const expected = forms.flatMap((issues) =>
    issues.slice(0, 1).map(({ message }) => message.replace(/^expected /, '').replace(/, got [^,]*$/, '')),
  );
  return expected.length === 0 ? 'expected another form' : `expected ${[...new Set(expected)].join(', or ')}`;
}

const WRONG_FORM: ReadonlySet<string | undefined> = new Set([
  'invalid_type',
  'invalid_value',
  'invalid_union',
]);

function bound(
  { origin, exact }: { readonly origin: string; readonly exact?: boolean | undefined },
  size: number | bigint,
  relation: string,
): string {
  const unit = origin === 'string' ? 'character' : origin === 'array' || origin === 'set' ? 'item' : '';
  const plural = unit === '' || size === 1 ? unit : `${unit}s`;
  return ['expected', exact ? 'exactly' : relation, String(size), plural]
    .filter((word) => word !== '')
    .join(' ');
}

function typeOf(value: unknown): string {
  if (typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) return 'a list';
  return TYPES[typeof value] ?? typeof value;
}

function missing(value: unknown): string {
  return value === undefined ? '; it is missing' : '';
}

// Whatever shows mistakes imports this, so that no issue keeps the words of the library.
z.config({ customError: explain });
