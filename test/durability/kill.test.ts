import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runKillRounds } from './kill-rounds.ts';

test('a writer killed 5 times in a row loses no acknowledged commit and leaves none half done', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-kill-'));
  try {
    const { commits } = await runKillRounds(join(folder, 'store'), 5);
    assert.ok(commits >= 5);
  } finally {
    await rm(folder, { recursive: true });
  }
});
