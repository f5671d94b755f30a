import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runKillRounds } from './kill-rounds.ts';

test('a writer killed 100 times in a row loses no acknowledged commit and leaves none half done', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-kill-'));
  try {
    const { commits, untold } = await runKillRounds(join(folder, 'store'), 100);
    assert.ok(commits >= 100);
    t.diagnostic(`${commits} commits; ${untold} on disk whose acknowledgement was cut off`);
  } finally {
    await rm(folder, { recursive: true });
  }
});
