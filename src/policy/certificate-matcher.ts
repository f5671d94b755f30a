import { describeNode, type SourceNode } from '../text/source-node.ts';
import type { CertificateFacts } from './certificate-facts.ts';
import { compareCost, MAX_CERTIFICATE_NAMES, searchCost } from './criterion-cost.ts';
import { described, type JsonSchema, mapSchema, STRING } from './criterion-data.ts';
import type { ProblemList } from './problem-list.ts';
import { readEntries } from './read-fields.ts';
import { readTexts } from './read-scalar.ts';
import { compileStringMatcher } from './string-matcher.ts';

export type CertificateTest = (facts: CertificateFacts) => boolean;

const CERTIFICATE_CONDITIONS = ['fingerprint', 'spki_hash', 'san_email', 'san_dns', 'san_uri'] as const;

/** Compiles a certificate matcher: a map of conditions, all of which must hold. */
export function compileCertificateMatcher(
  data: SourceNode,
  problems: ProblemList,
): CertificateTest | undefined {
  if (data.kind !== 'map')
    return problems.add(
      data,
      `expected a map of ${CERTIFICATE_CONDITIONS.join(', ')}, got ${describeNode(data)}`,
    );
  const tests = readEntries(data.entries, CERTIFICATE_CONDITIONS, problems, (condition, value) =>
    compileCondition(condition, value, problems),
  );
  return tests && ((facts) => tests.every((test) => test(facts)));
}

function compileCondition(
  condition: (typeof CERTIFICATE_CONDITIONS)[number],
  data: SourceNode,
  problems: ProblemList,
): CertificateTest | undefined {
  switch (condition) {
    case 'fingerprint': {
      const allowed = readTexts(data, FINGERPRINT, readFingerprint, problems);
      return allowed && setTest(allowed, (facts) => facts.fingerprint);
    }
    case 'spki_hash': {
      const allowed = readTexts(data, SPKI_HASH, readSpkiHash, problems);
      return allowed && setTest(allowed, (facts) => facts.spkiHash);
    }
    case 'san_email':
      return compileNames(data, problems, (facts) => facts.sanEmails);
    case 'san_dns':
      return compileNames(data, problems, (facts) => facts.sanDns);
    case 'san_uri':
      return compileNames(data, problems, (facts) => facts.sanUris);
    default:
      return condition satisfies never;
  }
}

function setTest(allowed: readonly string[], textOf: (facts: CertificateFacts) => string): CertificateTest {
  const set = new Set(allowed);
  return (facts) => set.has(textOf(facts));
}

/** Holds if one name of the certificate satisfies the whole string matcher. */
function compileNames(
  data: SourceNode,
  problems: ProblemList,
  namesOf: (facts: CertificateFacts) => readonly string[],
): CertificateTest | undefined {
  const test = compileStringMatcher(data, problems);
  return test && ((facts) => namesOf(facts).some(test));
}

const FINGERPRINT = 'SHA-256 as 64 lower-case hexadecimal digits, or as 32 upper-case pairs joined by ":"';
const SPKI_HASH = 'a SHA-256 hash in base64 (44 characters)';

function readFingerprint(text: string): string | undefined {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  return /^[0-9A-F]{2}(?::[0-9A-F]{2}){31}$/.test(text) ? text.replaceAll(':', '').toLowerCase() : undefined;
}

function readSpkiHash(text: string): string | undefined {
  return /^[A-Za-z0-9+/]{43}=$/.test(text) ? text : undefined;
}

const hashSchema = (pattern: string): JsonSchema => {
  const one: JsonSchema = { type: 'string', pattern };
  return { anyOf: [one, { type: 'array', items: one }] };
};
const NAME_SCHEMA: JsonSchema = { $ref: `#/$defs/${STRING.name}` };

export const CERTIFICATE_SCHEMA: JsonSchema = mapSchema(
  {
    fingerprint: described(
      'SHA-256 of the certificate.',
      hashSchema('^(?:[0-9a-f]{64}|[0-9A-F]{2}(?::[0-9A-F]{2}){31})$'),
    ),
    spki_hash: described('SHA-256 of its public key, in base64.', hashSchema('^[A-Za-z0-9+/]{43}=$')),
    san_email: NAME_SCHEMA,
    san_dns: NAME_SCHEMA,
    san_uri: NAME_SCHEMA,
  },
  { description: "Conditions on the client's certificate that all must hold." },
);

/** Characters of all names in a client's certificate. */
const NAME_CHARACTERS = 24 * 1024;

/** The cost of a certificate matcher, in units of `MAX_POLICY_COST`. */
export function certificateCost(data: SourceNode): number {
  let cost = 1;
  for (const { key, value } of data.kind === 'map' ? data.entries : []) {
    if (!key.startsWith('san_')) cost += 1;
    else if (value.kind !== 'map') cost += nameCost('is', value);
    else for (const condition of value.entries) cost += nameCost(condition.key, condition.value);
  }
  return cost;
}

function nameCost(operator: string, value: SourceNode): number {
  if (operator === 'contains') return searchCost(value, NAME_CHARACTERS);
  return MAX_CERTIFICATE_NAMES * compareCost(value);
}
