import type { SourceNode } from '../../text/source-node.ts';
import type { CriterionKind } from '../criterion.ts';
import { AFTER, AFTER_OR_BEFORE, BEFORE, mapSchema } from '../criterion-data.ts';
import type { ProblemList } from '../problem-list.ts';
import { readFields } from '../read-fields.ts';
import { readText, textOf } from '../read-scalar.ts';
import { reasonOf } from '../reason.ts';

const OK = reasonOf('date-ok');
const UNAUTHORIZED = reasonOf('date-unauthorized');

const SCHEMA = mapSchema(
  { after: AFTER, before: BEFORE },
  { description: 'Times such as 2027-01-31T12:00:00Z. UTC if a time has no zone.', ...AFTER_OR_BEFORE },
);

/** Holds from `after`, inclusive, until `before`, exclusive. */
export const date: CriterionKind = {
  name: 'date',
  data: { name: 'date', schema: SCHEMA, exclude },
  uses: 'time',
  compile(data, problems) {
    const fields = readFields(data, ['after', 'before'], problems);
    if (fields === undefined) return undefined;
    if (fields.size === 0) return problems.add(data, 'expected after, before or both');
    const after = readMoment(fields.get('after'), Number.NEGATIVE_INFINITY, problems);
    const before = readMoment(fields.get('before'), Number.POSITIVE_INFINITY, problems);
    if (after === undefined || before === undefined) return undefined;
    if (after >= before)
      return problems.add(data, 'expected after to be earlier than before: no time lies between');
    return ({ request: { time } }) => (time >= after && time < before ? OK : UNAUTHORIZED);
  },
};

/** Whether no time is within all of them. */
function exclude(dates: readonly SourceNode[]): boolean {
  return Math.max(...momentsOf('after', dates)) >= Math.min(...momentsOf('before', dates));
}

function momentsOf(name: 'after' | 'before', dates: readonly SourceNode[]): number[] {
  return dates.flatMap((node) => {
    const entries = node.kind === 'map' ? node.entries.filter(({ key }) => key === name) : [];
    return entries.flatMap(({ value }) => parseMoment(textOf(value) ?? '') ?? []);
  });
}

function readMoment(
  node: SourceNode | undefined,
  missing: number,
  problems: ProblemList,
): number | undefined {
  if (node === undefined) return missing;
  return readText(node, 'a time such as 2027-01-31 or 2027-01-31T12:00:00Z', parseMoment, problems);
}

const ISO_8601 =
  /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(?::(\d{2})(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})?)?$/;

/** Milliseconds since the epoch. UTC if the text has no zone. */
export function parseMoment(text: string): number | undefined {
  const match = ISO_8601.exec(text);
  if (match === null) return undefined;
  const [, day = '', minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = match;
  const midnight = new Date(`${day}T00:00:00Z`);
  // Date reads 30 February as 2 March.
  if (Number.isNaN(midnight.getTime()) || midnight.toISOString().slice(0, 10) !== day) return undefined;
  const moment = Date.parse(`${day}T${minutes}:${seconds}${fraction.slice(0, 4)}${zone.toUpperCase()}`);
  return Number.isNaN(moment) ? undefined : moment;
}
