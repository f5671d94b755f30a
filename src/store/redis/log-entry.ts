import type { RecordKey } from '../record.ts';
import { decodeKeys } from '../record-text.ts';
import { asList, asText } from './replies.ts';

/** One commit as the change log has it. */
export interface LogEntry {
  readonly epoch: string;
  readonly revision: number;
  /** Its name. */
  readonly commit: string;
  /** The name of the one before; empty for the first. */
  readonly after: string;
  readonly keys: readonly RecordKey[];
}

/** Entries of the log, as XRANGE and XREAD return them; undefined for an entry of another program. */
export function parseEntries(reply: unknown): (LogEntry | undefined)[] {
  return asList(reply).map((entry) => {
    try {
      return parseEntry(entry);
    } catch {
      return undefined;
    }
  });
}

function parseEntry(entry: unknown): LogEntry | undefined {
  const [id, pairs] = asList(entry);
  const revision = /^(\d{1,15})-0$/.exec(asText(id))?.[1];
  const texts = asList(pairs).map(asText);
  const fields = new Map<string, string>();
  for (let index = 0; index + 1 < texts.length; index += 2)
    fields.set(texts[index] ?? '', texts[index + 1] ?? '');
  const [epoch, commit, after, keys] = ['epoch', 'commit', 'after', 'keys'].map((name) => fields.get(name));
  if (revision === undefined || epoch === undefined || commit === undefined || after === undefined)
    return undefined;
  return {
    epoch,
    revision: Number(revision),
    commit,
    after,
    keys: decodeKeys(keys ?? ''),
  };
}

/** The stream id of the entry of that revision. */
export function entryId(revision: number): string {
  return `${revision}-0`;
}
