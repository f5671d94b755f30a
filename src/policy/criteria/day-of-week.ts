import type { CriterionKind } from '../criterion.ts';
import { TEXT_SCHEMA } from '../criterion-data.ts';
import { readText } from '../read-scalar.ts';
import { reasonOf } from '../reason.ts';

const OK = reasonOf('day-of-week-ok');
const UNAUTHORIZED = reasonOf('day-of-week-unauthorized');

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const DAY_LENGTH = 86_400_000;

const SCHEMA = { description: 'Days by UTC: mon-fri, "mon,wed" or "*".', ...TEXT_SCHEMA };

/** Holds on these days in UTC. */
export const dayOfWeek: CriterionKind = {
  name: 'day_of_week',
  data: { name: 'day-of-week', schema: SCHEMA },
  uses: 'time',
  compile(data, problems) {
    const days = readText(data, 'days such as mon-fri, "mon,wed" or "*"', parseDays, problems);
    return days && (({ request: { time } }) => (days[dayAt(time)] === true ? OK : UNAUTHORIZED));
  },
};

/** 0 is Sunday. */
function dayAt(time: number): number {
  // 1 January 1970 was a Thursday.
  return (((Math.floor(time / DAY_LENGTH) + 4) % 7) + 7) % 7;
}

/** For each day from Sunday, whether the text includes it. A range may continue past Saturday. */
function parseDays(text: string): readonly boolean[] | undefined {
  if (text.trim() === '*') return DAYS.map(() => true);
  const meant = DAYS.map(() => false);
  for (const part of text.split(',')) {
    const [first = '', last = first, ...rest] = part.split('-');
    const start = parseDay(first);
    const end = parseDay(last);
    if (start === undefined || end === undefined || rest.length > 0) return undefined;
    for (let day = start; ; day = (day + 1) % 7) {
      meant[day] = true;
      if (day === end) break;
    }
  }
  return meant;
}

function parseDay(text: string): number | undefined {
  const name = text.trim().toLowerCase();
  const index = DAYS.findIndex((day) => day === name || (name.length === 3 && day.startsWith(name)));
  return index === -1 ? undefined : index;
}
