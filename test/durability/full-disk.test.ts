import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { forkSideWriter } from '../support/fork-side-writer.ts';
import { within } from '../support/within.ts';
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
      /StoreUnavailable: can't write the store in \S+: (the disk is full|the file would get larger|the disk refused it)/,
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

/** Takes what room there is, to the last byte. A user who may have no disk of their own is not allowed one byte more in any file. */
async function fillUp(disk: SmallDisk): Promise<readonly string[]> {
  if (!isRoot) return ['sh', '-c', 'ulimit -S -f 0; exec "$@"', 'sh'];
  const filler = await open(join(disk.path, '..', 'filler'), 'w');
  try {
    await filler.writeFile(Buffer.alloc(16 << 20));
    assert.fail('the disk took more than it has room for');
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error && error.code === 'ENOSPC', String(error));
  } finally {
    await filler.close();
  }
  return [];
}

const FULL =
  /^fault StoreUnavailable: can't (open|write) the store in \S+: (the disk is full|the file would get larger)/m;

// LMDB would map a lock file that has no place on the disk, and the process would end with SIGBUS.
for (const [what, missing] of [
  ['the lock file is missing', ['lock.mdb']],
  ['no store is there yet', ['data.mdb', 'lock.mdb', 'side']],
] as const)
  test(`a store that is opened on a full disk, and ${what}, is an error that says so, and works once there is room`, async () => {
    const disk = await makeSmallDisk();
    try {
      assert.equal(
        await within(forkAcknowledgingWriter(disk.path, { count: 2 }).ended, 'the first writer'),
        0,
      );
      for (const name of missing) await rm(join(disk.path, name), { recursive: true, force: true });
      const launcher = await fillUp(disk);
      const writer = forkAcknowledgingWriter(disk.path, { count: 1, launcher });
      assert.equal(await within(writer.ended, 'the writer'), 1, writer.lines.join('\n'));
      assert.match(writer.lines.join('\n'), FULL);

      await rm(join(disk.path, '..', 'filler'), { force: true });
      assert.equal(await within(forkAcknowledgingWriter(disk.path, { count: 1 }).ended, 'a later writer'), 0);
    } finally {
      disk.remove();
    }
  });

test('last-used times on a full disk, and the lock file of theirs is missing, are an error, and the records go on', async () => {
  const disk = await makeSmallDisk();
  try {
    assert.equal(await within(forkSideWriter(disk.path, 1), 'the first writer'), 0);
    await rm(join(disk.path, 'side', 'lock.mdb'));
    const launcher = await fillUp(disk);
    let told = '';
    const ended = forkSideWriter(disk.path, 1, { launcher, onError: (text) => (told += text) });
    assert.equal(await within(ended, 'the writer'), 1, told);
    assert.match(
      told,
      /StoreUnavailable: can't \w+ the store in \S+: (the disk is full|the file would get larger)/,
    );
  } finally {
    disk.remove();
  }
});

test('a lock file has all of its place on the disk from the start', async () => {
  const path = join(folder, 'store');
  assert.equal(await within(forkSideWriter(path, 1), 'the writer'), 0);
  for (const file of [join(path, 'lock.mdb'), join(path, 'side', 'lock.mdb')]) {
    const { size, blocks } = await stat(file);
    assert.ok(blocks * 512 >= size, `${file}: ${blocks * 512} of ${size} bytes`);
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
