import { readFileSync } from 'node:fs';
import type { PlacedLine } from '../../../src/store/backup.ts';
import { restoreStore } from '../../../src/store/embedded/restore-store.ts';
import { readText } from './backup-text.ts';

/** A process that restores the backup of its second argument, and dies when it has written as many records as its third says. */
const [, , path = '', file = '', count] = process.argv;
const text = readFileSync(file, 'utf8');
let readings = 0;

function* dying(records: Iterable<PlacedLine>) {
  let written = 0;
  for (const record of records) {
    if (written++ === Number(count)) process.kill(process.pid, 'SIGKILL');
    yield record;
  }
}

await restoreStore({
  path,
  name: file,
  force: true,
  open() {
    const { header, records } = readText(text);
    // The first reading only checks.
    return { header, records: readings++ === 0 ? records : dying(records) };
  },
});
