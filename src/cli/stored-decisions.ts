import { type RecordedDecision, readDecision } from '../check/recorded-decision.ts';
import type { SideWrites } from '../store/side-writes.ts';

/** A line of the store's stream. */
export interface StoredLine {
  readonly cursor: string;
  readonly line: string;
  /** Undefined where the line is no decision: another program's, or damaged. */
  readonly decision: RecordedDecision | undefined;
}

const PAGE = 500;

/** What the stream holds after a cursor, or from its beginning, the oldest first. */
export async function* storedDecisions(
  side: Pick<SideWrites, 'readDecisions'>,
  after?: string,
): AsyncGenerator<StoredLine, void> {
  let cursor = after;
  for (;;) {
    const page = await side.readDecisions(cursor, PAGE);
    for (const { cursor, line } of page) yield { cursor, line, decision: parse(line) };
    cursor = page.at(-1)?.cursor;
    if (cursor === undefined || page.length < PAGE) return;
  }
}

/** A line with a break in it would be several in the output. */
function parse(line: string): RecordedDecision | undefined {
  return /[\r\n]/.test(line) ? undefined : readDecision(line);
}

/** What to tell of entries that were left out. */
export function describeForeign(count: number): string {
  return `left out ${count} of the entries: no decisions, but another program's, or damaged`;
}
