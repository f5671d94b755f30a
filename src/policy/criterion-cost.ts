import type { SourceNode } from './policy-source.ts';

/**
 * What all policies of one request may cost together. One unit stands for 50 ns of a Check at most, so that this is less
 * than a millisecond.
 */
export const MAX_POLICY_COST = 16_000;

/** What judging by a policy costs beside its criteria. */
export const COST_PER_POLICY = 4;

/** Characters of a path that policies are asked about; with a longer one a request is refused where a policy looks at it. */
export const LONGEST_EVALUATED_PATH = 2048;
/** Characters of a method that any request may have. */
export const LONGEST_METHOD = 128;

/** Characters of what a criterion looks at, at most. */
const LONGEST: Readonly<Record<string, number>> = {
  http_method: LONGEST_METHOD,
  user: 256,
  email: 320,
  domain: 320,
};

/** Names in a client's certificate, and characters of all of them. */
export const MAX_CERTIFICATE_NAMES = 256;
const CERTIFICATE_CHARACTERS = 24 * 1024;

/** Others cost one unit. */
const COSTS: Readonly<Record<string, number>> = {
  groups: 4,
  claim: 4,
  source_ip: 4,
  // Each zone's clock is read anew once a minute.
  time_of_day: 48,
};

/** The cost of one item of an operator's list, in units of `MAX_POLICY_COST`; told from the document, before it compiles. */
export function criterionCost(item: SourceNode): number {
  const [entry] = item.kind === 'map' ? item.entries : [];
  if (entry === undefined) return 1;
  const [name = ''] = entry.key.split('/');
  if (name === 'client_certificate') return certificateCost(entry.value);
  return COSTS[name] ?? textCost(entry.value, LONGEST[name] ?? LONGEST_EVALUATED_PATH);
}

/** Of a string matcher on a text of that many characters at most. */
function textCost(data: SourceNode, longest: number): number {
  if (data.kind !== 'map') return compareCost(data);
  let cost = 0;
  for (const { key, value } of data.entries)
    cost += key === 'contains' ? searchCost(value, longest) : compareCost(value);
  return Math.max(1, cost);
}

/** A value is compared from one end: 2.5 ns a character. */
function compareCost(data: SourceNode): number {
  const values = data.kind === 'list' ? data.items : [data];
  let longest = 0;
  for (const value of values) longest = Math.max(longest, lengthOf(value));
  return Math.max(1, Math.ceil(longest / 20));
}

/** A long text that repeats itself is searched in 5 ns a character, and for a long part of its kind in many times that. */
function searchCost(part: SourceNode, longest: number): number {
  const nanoseconds = longest * Math.max(5, lengthOf(part) / 8);
  return 1 + Math.ceil(nanoseconds / 50);
}

function lengthOf(data: SourceNode): number {
  return data.kind === 'scalar' && typeof data.value === 'string' ? data.value.length : 0;
}

function certificateCost(data: SourceNode): number {
  let cost = 1;
  for (const { key, value } of data.kind === 'map' ? data.entries : []) {
    if (!key.startsWith('san_')) cost += 1;
    else if (value.kind !== 'map') cost += nameCost('is', value);
    else for (const condition of value.entries) cost += nameCost(condition.key, condition.value);
  }
  return cost;
}

/** Each name of the certificate is asked. */
function nameCost(operator: string, value: SourceNode): number {
  if (operator === 'contains') return searchCost(value, CERTIFICATE_CHARACTERS);
  return MAX_CERTIFICATE_NAMES * compareCost(value);
}
