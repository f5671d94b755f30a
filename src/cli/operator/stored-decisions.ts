import { readDecision } from '../../explain/recorded-decision.ts';
import type { RecordedDecision } from '../../explain/recorded-decision-schema.ts';
import type { TelemetryWrites } from '../../store/telemetry-writes.ts';
import type { DecisionPage } from './operator.ts';

const PAGE = 500;

/** What the stream holds after a cursor, or from its beginning, the oldest first. */
export async function* readDecisionPages(
  side: Pick<TelemetryWrites, 'readDecisions'>,
  after: string | undefined,
): AsyncGenerator<DecisionPage, void> {
  let cursor = after;
  for (;;) {
    const page = await side.readDecisions(cursor, PAGE);
    const last = page.at(-1)?.cursor;
    if (last === undefined) return;
    cursor = last;
    yield { cursor, lines: page.map(({ line }) => ({ line, decision: parse(line) })) };
    if (page.length < PAGE) return;
  }
}

/** A line with a break in it would be several in the output. */
function parse(line: string): RecordedDecision | undefined {
  return /[\r\n]/.test(line) ? undefined : readDecision(line);
}
