import { writeSync } from 'node:fs';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { StoreUnavailable, type Write } from '../../src/store/port.ts';

/**
 * A process that commits to the store in the folder of its first argument, as many times as its second says (or until it
 * is killed), with values of as many characters as its third says. Each commit writes one number into all of ROOMS
 * records, so that one that is half done shows. Prints `ack N` once commit N is acknowledged; `fault …` where it fails, and
 * then ends, or with a fourth argument `retry` waits for a line on standard input and tries again. With a fifth it becomes
 * that user first.
 */
const [, , path = '', count = 'Infinity', size = '100', onFault = 'end', user] = process.argv;
const ROOMS = 5;

/** Without a stream between: the line is out when this returns. */
const say = (line: string) => void writeSync(1, `${line}\n`);
const nextLine = () => new Promise((resolve) => process.stdin.once('data', resolve));

if (user !== undefined) {
  // Only now: another user may not be able to enter the folder that the checkout is in, and everything is loaded already.
  process.setgroups?.([]);
  process.setgid?.(Number(user));
  process.setuid?.(Number(user));
}
const store = await openEmbeddedStore({ path }).catch((error: unknown) => {
  say(`fault ${String(error)}`);
  process.exit(1);
});
for (let n = (await store.position()).revision + 1, done = 0; done < Number(count); n++, done++) {
  const writes = Array.from(
    { length: ROOMS },
    (_, room): Write => ({
      key: { kind: 'directory_group', id: `room-${room}` },
      value: { id: `room-${room}`, name: String(n) },
    }),
  );
  const filler: Write = {
    key: { kind: 'policy', id: `filler-${n}` },
    value: { filler: 'x'.repeat(Number(size)) },
  };
  for (;;) {
    try {
      const result = await store.commit(n - 1, [...writes, filler]);
      if ('conflict' in result) throw new Error(`somebody else wrote revision ${result.conflict.revision}`);
      break;
    } catch (error) {
      say(`fault ${String(error)}`);
      if (onFault !== 'retry' || !(error instanceof StoreUnavailable)) process.exit(1);
      await nextLine();
    }
  }
  say(`ack ${n}`);
}
await store.close();
process.exit(0);
