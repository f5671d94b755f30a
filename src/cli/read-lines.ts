import { readSync } from 'node:fs';
import { WrongBackup } from '../store/backup.ts';

const CHUNK = 1 << 20;
/** More than any record may have; a file without line breaks must not fill memory. */
const MAX_LINE = 1 << 28;
const LINE_FEED = 10;

/** The lines of an open file from its start, without the line breaks; reads while it is asked for more. */
export function* readLines(descriptor: number): Generator<Buffer, void> {
  const chunk = Buffer.allocUnsafe(CHUNK);
  let begun: Buffer[] = [];
  let length = 0;
  let position = 0;
  for (
    let read = readSync(descriptor, chunk, 0, CHUNK, 0);
    read > 0;
    read = readSync(descriptor, chunk, 0, CHUNK, position)
  ) {
    position += read;
    let start = 0;
    for (
      let end = chunk.indexOf(LINE_FEED);
      end !== -1 && end < read;
      end = chunk.indexOf(LINE_FEED, start)
    ) {
      yield Buffer.concat([...begun, chunk.subarray(start, end)]);
      begun = [];
      length = 0;
      start = end + 1;
    }
    const rest = Buffer.from(chunk.subarray(start, read));
    length += rest.length;
    if (length > MAX_LINE)
      throw new WrongBackup('a line of the file is longer than any record: it is no backup');
    if (rest.length > 0) begun.push(rest);
  }
  if (begun.length > 0) yield Buffer.concat(begun);
}
