import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { within } from '../support/within.ts';
import { assertWhole } from './assert-whole.ts';
import { forkAcknowledgingWriter } from './fork-acknowledging-writer.ts';

export interface KillReport {
  readonly commits: number;
  /** Rounds in which a commit was on disk that the writer had not yet told of. */
  readonly untold: number;
}

/** Kills a writer at a random moment, so many times in a row on one store, and asserts after each that nothing is lost. */
export async function runKillRounds(path: string, rounds: number): Promise<KillReport> {
  let commits = 0;
  let untold = 0;
  for (let round = 1; round <= rounds; round++) {
    const writer = forkAcknowledgingWriter(path, { size: randomInt(1, 20_000) });
    await within(writer.line(/^ack /), 'the first acknowledgement', 60_000);
    // Not to wait for anything: the moment is to be any.
    await delay(randomInt(0, 40));
    writer.process.kill('SIGKILL');
    assert.equal(await within(writer.ended, 'the end of the writer'), 'SIGKILL');
    const acknowledged = writer.acknowledged();
    const revision = await assertWhole(path);
    assert.ok(
      revision === acknowledged || revision === acknowledged + 1,
      `round ${round}: commit ${acknowledged} was acknowledged, and the store is at ${revision}`,
    );
    untold += revision - acknowledged;
    commits = revision;
  }
  return { commits, untold };
}
