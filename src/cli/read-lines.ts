import { readSync } from 'node:fs';
import { WrongBackup } from '../store/backup.ts';

const CHUNK = 1 << 20;
/** More than any record may have; a file without line breaks must not fill memory. */
const MAX_LINE = 1 << 28;
const LINE_FEED = 10;

/** The lines of an open file from its start, without the line breaks; reads while it is asked for more. */
export function* readLines(descriptor: number): Generator<Buffer, void> {
  let begun: Buffer[] = [];
  let length = 0;
  for (let position = 0; ; ) {
    const chunk = Buffer.allocUnsafe(CHUNK);
    const read = readSync(descriptor, chunk, 0, CHUNK, position);
    if (read === 0) break;
    position += read;
    let rest = chunk.subarray(0, read);
    for (let end = rest.indexOf(LINE_FEED); end !== -1; end = rest.indexOf(LINE_FEED)) {
      yield Buffer.concat([...begun, rest.subarray(0, end)]);
      begun = [];
      length = 0;
      rest = rest.subarray(end + 1);
    }
    length += rest.length;
    if (length > MAX_LINE)
      throw new WrongBackup('a line of the file is longer than any record: the file is not a backup');
    begun.push(rest);
  }
  if (length > 0) yield Buffer.concat(begun);
}
