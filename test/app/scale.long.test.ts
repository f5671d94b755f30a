// A sidecar on a Redis with a million accounts, and 10,000 routes and policies, stays under 300 MB with its
// caches full at their default bounds.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Child } from '../support/child.ts';
import { installTools } from '../support/install-tools.ts';
import { type ScaledSidecar, startScaledSidecar } from '../support/scale/measure-scale.ts';

const SIZE = { accounts: 1_000_000, impersonating: 200_000, routes: 10_000, credentials: 1 };
/** More than any cache keeps; each of them stands for a directory user of its own, or has a user ID of its own. */
const IMPERSONATING_CALLERS = 8_000;
const CALLERS = 30_000;
const BUDGET = 300e6;

const children: (() => Child)[] = [];
let folder: string;
let sidecar: ScaledSidecar;
before(
  async () => {
    await installTools(['redis-server']);
    folder = await mkdtemp(join(tmpdir(), 'sallyport-scale-'));
    sidecar = await startScaledSidecar({
      folder,
      size: SIZE,
      launcher: [],
      onStart: (child) => void children.push(child),
      onProgress: () => {},
    });
  },
  { timeout: 4 * 60_000 },
);
after(async () => {
  for (const child of children.reverse()) await child().stop();
  await rm(folder, { recursive: true });
});

test('a million accounts: it starts, serves, and stays under 300 MB with full caches', async () => {
  const started = sidecar.memory();
  await sidecar.call(0, IMPERSONATING_CALLERS);
  await sidecar.call(SIZE.impersonating, CALLERS);
  // The last ones again, who are known.
  await sidecar.call(SIZE.impersonating + CALLERS - 5_000, 5_000);
  const { peak, resident } = sidecar.memory();
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  console.log(
    `resident: ${megabytes(started.resident)} at the start, ${megabytes(resident)} with full caches, ${megabytes(peak)} at most`,
  );
  assert.ok(peak < BUDGET, `${megabytes(peak)} at most`);
});
