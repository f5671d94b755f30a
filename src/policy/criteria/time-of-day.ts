import type { SourceNode } from '../../text/source-node.ts';
import type { CriterionKind } from '../criterion.ts';
import { AFTER, AFTER_OR_BEFORE, BEFORE, described, mapSchema, TEXT_SCHEMA } from '../criterion-data.ts';
import type { ProblemList } from '../problem-list.ts';
import { readFields } from '../read-fields.ts';
import { readText } from '../read-scalar.ts';
import { reasonOf } from '../reason.ts';
import { type ZoneClock, zoneClock } from '../zone-clock.ts';

const OK = reasonOf('time-of-day-ok');
const UNAUTHORIZED = reasonOf('time-of-day-unauthorized');

const DAY = 86_400_000;

const SCHEMA = mapSchema(
  { timezone: described('The name of a zone.', TEXT_SCHEMA), after: AFTER, before: BEFORE },
  {
    description: 'Times such as 9:30, 17:30:00 or 5:30PM on the clock of a zone such as Europe/Berlin.',
    required: ['timezone'],
    ...AFTER_OR_BEFORE,
  },
);

/**
 * Holds from `after`, inclusive, until `before`, exclusive, on the clock of a time zone. If `after` is later than
 * `before`, the period includes midnight.
 */
export const timeOfDay: CriterionKind = {
  name: 'time_of_day',
  data: { name: 'time-of-day', schema: SCHEMA },
  uses: 'time',
  // Reading a zone's clock takes longer once a minute.
  cost: () => 48,
  compile(data, problems) {
    const fields = readFields(data, ['timezone', 'after', 'before'], problems);
    if (fields === undefined) return undefined;
    const clock = readZone(data, fields.get('timezone'), problems);
    if (!fields.has('after') && !fields.has('before'))
      return problems.add(data, 'expected after, before or both');
    const after = readClockTime(fields.get('after'), 0, problems);
    const before = readClockTime(fields.get('before'), DAY, problems);
    if (clock === undefined || after === undefined || before === undefined) return undefined;
    if (after === before)
      return problems.add(data, 'expected after and before to differ: no time lies between');
    if (after < before)
      return ({ request: { time } }) => {
        const now = clock(time);
        return now >= after && now < before ? OK : UNAUTHORIZED;
      };
    return ({ request: { time } }) => {
      const now = clock(time);
      return now >= after || now < before ? OK : UNAUTHORIZED;
    };
  },
};

function readZone(
  data: SourceNode,
  node: SourceNode | undefined,
  problems: ProblemList,
): ZoneClock | undefined {
  const expected = 'timezone to be a zone such as Europe/Berlin or UTC';
  if (node) return readText(node, expected, zoneClock, problems);
  return problems.add(data, `expected ${expected}`);
}

function readClockTime(
  node: SourceNode | undefined,
  missing: number,
  problems: ProblemList,
): number | undefined {
  if (node === undefined) return missing;
  return readText(node, 'a time of day such as 9:30, 17:30:00 or 5:30PM', parseClockTime, problems);
}

const CLOCK_TIME = /^(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AaPp])[Mm])?$/;

/** Milliseconds since midnight. */
function parseClockTime(text: string): number | undefined {
  const match = CLOCK_TIME.exec(text);
  if (match === null) return undefined;
  const [, hours, minutes, seconds = '0', half] = match;
  let hour = Number(hours);
  if (half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  }
  const [minute, second] = [Number(minutes), Number(seconds)];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  return ((hour * 60 + minute) * 60 + second) * 1000;
}
