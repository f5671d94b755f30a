import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { installTestTools } from '../support/install-tools.ts';
import { within } from '../support/within.ts';
import { forkAcknowledgingWriter } from './fork-acknowledging-writer.ts';

const COMMITS = 10;
const TRACED = 'openat,fdatasync,fsync,msync,pwrite64,pwritev,write,writev';

/**
 * What a process did to the store's file, a letter each in the order in which it was done: `d` data written, `s` synced,
 * `m` the page written that makes a commit count, through a descriptor that syncs each write (O_DSYNC); and `A` as soon as
 * it began to print an acknowledgement.
 */
function readTrace(trace: string, file: string): string {
  const pending = new Map<string, string>();
  const synchronous = new Set<string>();
  let done = '';
  for (const line of trace.split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (/^write\(1<[^>]*>, "ack /.test(rest)) done += 'A';
    let call = rest;
    if (rest.endsWith('<unfinished ...>')) {
      pending.set(thread, rest);
      continue;
    }
    if (rest.startsWith('<... ')) {
      call = `${pending.get(thread) ?? ''} ${rest}`;
      pending.delete(thread);
    }
    if (!call.includes(file) || / = -1 /.test(call)) continue;
    const [, name, descriptor = ''] = /^(\w+)\((\d+)?/.exec(call) ?? [];
    if (name === 'openat') {
      const opened = / = (\d+)/.exec(call)?.[1];
      if (opened !== undefined && call.includes('O_DSYNC')) synchronous.add(opened);
    } else if (name === 'fdatasync' || name === 'fsync' || name === 'msync') done += 's';
    else if (/^p?write/.test(name ?? '')) done += synchronous.has(descriptor) ? 'm' : 'd';
  }
  return done;
}

test('a commit is acknowledged only after its data, and then what makes it count, are synced to disk', async () => {
  await installTestTools(['strace']);
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-sync-'));
  try {
    const trace = join(folder, 'trace');
    const launcher = ['strace', '-f', '-y', '-s', '16', '-e', `trace=${TRACED}`, '-o', trace];
    const writer = forkAcknowledgingWriter(join(folder, 'store'), { count: COMMITS, launcher });
    assert.equal(await within(writer.ended, 'the traced writer', 120_000), 0);
    const done = readTrace(await readFile(trace, 'utf8'), join(folder, 'store', 'data.mdb'));
    const [, afterOpening] = /^([dsm]*?)((?:d+s+m+A)+[dsm]*)$/.exec(done)?.slice(1) ?? [];
    assert.equal(afterOpening?.match(/d+s+m+A/g)?.length, COMMITS, done);
  } finally {
    await rm(folder, { recursive: true });
  }
});
