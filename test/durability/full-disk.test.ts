import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { within } from '../store/within.ts';
import { assertWhole } from './assert-whole.ts';
import { type AcknowledgingWriter, forkAcknowledgingWriter } from './fork-acknowledging-writer.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-disk-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A disk that holds 4 MB until there is room: a file system of its own, or where only root may have one, a file size limit. */
interface SmallDisk {
  readonly path: string;
  readonly launcher: readonly string[];
  makeRoom(writer: AcknowledgingWriter): void;
  remove(): void;
}

async function makeSmallDisk(): Promise<SmallDisk> {
  const mount = join(folder, 'mount');
  await mkdir(mount);
  const path = join(mount, 'store');
  if (!isRoot)
    return {
      path,
      launcher: ['sh', '-c', 'ulimit -S -f 8192; exec "$@"', 'sh'],
      makeRoom: (writer) =>
        void execFileSync('prlimit', ['--pid', `${writer.process.pid}`, '--fsize=unlimited:unlimited']),
      remove: () => undefined,
    };
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'sallyport-test', mount]);
  return {
    path,
    launcher: [],
    makeRoom: () => void execFileSync('mount', ['-o', 'remount,size=16m', mount]),
    remove: () => void execFileSync('umount', [mount]),
  };
}

test('a full disk is an error that says so and loses nothing, and once there is room the same process goes on', async () => {
  const disk = await makeSmallDisk();
  const writer = forkAcknowledgingWriter(disk.path, {
    size: 50_000,
    count: 120,
    onFault: 'retry',
    launcher: disk.launcher,
  });
  try {
    const fault = await within(writer.line(/^fault /), 'the disk to be full');
    assert.match(
      fault,
      /StoreUnavailable: can't write the store in \S+: (the disk is full; nothing of this change was kept|the file would get larger|the disk refused it)/,
    );
    const before = writer.acknowledged();
    assert.ok(before > 5 && before < 120, `${before}`);
    assert.equal(await assertWhole(disk.path), before);

    disk.makeRoom(writer);
    writer.process.stdin?.write('again\n');
    assert.equal(await within(writer.ended, 'the writer to go on'), 0);
    assert.equal(writer.acknowledged(), 120);
    assert.equal(await assertWhole(disk.path), 120);
  } finally {
    writer.process.kill('SIGKILL');
    await writer.ended;
    disk.remove();
  }
});

test('a folder without permission is an error that says what to do, and the store in it stays as it was', async () => {
  const path = join(folder, 'store');
  await within(forkAcknowledgingWriter(path, { count: 3 }).ended, 'the first writer');
  if (isRoot) await chmod(folder, 0o755);
  else await chmod(path, 0o000);
  const writer = forkAcknowledgingWriter(path, { count: 1, ...(isRoot && { user: NOBODY }) });
  try {
    assert.equal(await within(writer.ended, 'the writer'), 1);
    assert.match(
      writer.lines.join('\n'),
      /^fault StoreUnavailable: can't open the store in \S+: permission denied; let the user .* read and write that folder and its files$/,
    );
  } finally {
    await chmod(path, 0o700);
  }
  assert.equal(await assertWhole(path), 3);
  assert.equal(await within(forkAcknowledgingWriter(path, { count: 1 }).ended, 'a later writer'), 0);
  assert.equal(await assertWhole(path), 4);
});
