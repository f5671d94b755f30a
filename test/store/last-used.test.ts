import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Caller, createCaller } from '../../src/accounts/caller.ts';
import { Credential, ServiceAccount } from '../../src/accounts/service-account-schema.ts';
import { LastUsed } from '../../src/store/last-used.ts';
import { StoreUnavailable } from '../../src/store/port.ts';
import { waitUntil } from '../support/wait-until.ts';

const MADE = '2026-01-01T00:00:00Z';
const NOW = Date.UTC(2026, 5, 1);

function callerOf(id: string, account: object = {}, credential: object = {}): Caller {
  return createCaller(
    ServiceAccount.parse({ id: 'a', namespace: 'global', user_id: 'u', created_at: MADE, ...account }),
    Credential.parse({ id, account: 'a', purpose: 'mesh', issued_at: MADE, ...credential }),
  );
}

/** What a store was told, batch by batch; it refuses while `refusing`. */
class Written {
  readonly batches: (readonly [id: string, time: number])[][] = [];
  refusing = false;
  async touchLastUsed(times: ReadonlyMap<string, number>): Promise<void> {
    if (this.refusing) throw new StoreUnavailable('away');
    this.batches.push([...times]);
  }
}

function open(written: Written, { limit = 10_000, interval = 3_600_000 } = {}) {
  const faults: Error[] = [];
  const lastUsed = new LastUsed({ side: written, limit, interval, onFault: (fault) => faults.push(fault) });
  return { lastUsed, faults };
}

describe('last-used times', () => {
  test('are written in one batch, the newest of each credential', async () => {
    const written = new Written();
    const { lastUsed } = open(written);
    const [one, two] = [callerOf('one'), callerOf('two')];
    lastUsed.note(one, NOW);
    lastUsed.note(two, NOW + 1);
    lastUsed.note(one, NOW + 1000);
    await lastUsed.close();
    assert.deepEqual(written.batches, [
      [
        ['one', NOW + 1000],
        ['two', NOW + 1],
      ],
    ]);
  });

  test('are noted once a second, however often a credential is used', async () => {
    const written = new Written();
    const { lastUsed } = open(written);
    for (let milliseconds = 0; milliseconds < 2000; milliseconds++)
      lastUsed.note(callerOf('one'), NOW + milliseconds);
    await lastUsed.close();
    assert.deepEqual(written.batches, [[['one', NOW + 1000]]]);
  });

  test('are not of a credential or an account that is no good', async () => {
    const written = new Written();
    const { lastUsed } = open(written);
    for (const caller of [
      callerOf('revoked', {}, { revoked_at: MADE }),
      callerOf('disabled', { disabled: true }),
      callerOf('account-expired', { expires_at: MADE }),
      callerOf('expired', {}, { expires_at: MADE }),
    ])
      lastUsed.note(caller, NOW);
    await lastUsed.close();
    assert.deepEqual(written.batches, []);
  });

  test('are kept while the store is away, the newest of each, and written when it is back', async () => {
    const written = new Written();
    const { lastUsed, faults } = open(written, { interval: 1 });
    written.refusing = true;
    lastUsed.note(callerOf('one'), NOW);
    lastUsed.note(callerOf('two'), NOW);
    await waitUntil('a refusal', () => faults.length > 0);
    lastUsed.note(callerOf('one'), NOW + 5000);
    written.refusing = false;
    await waitUntil('both to be written', () => written.batches.flat().length >= 2);
    await lastUsed.close();
    assert.deepEqual(new Map(written.batches.flat()), new Map(Object.entries({ one: NOW + 5000, two: NOW })));
    assert.equal(faults.length, 1);
  });

  test('are bounded: beyond it uses are left out and counted, those noted already go on', async () => {
    const written = new Written();
    const { lastUsed } = open(written, { limit: 2 });
    for (const id of ['one', 'two', 'three', 'four']) lastUsed.note(callerOf(id), NOW);
    lastUsed.note(callerOf('one'), NOW + 1000);
    assert.equal(lastUsed.dropped, 2);
    await lastUsed.close();
    assert.deepEqual(written.batches, [
      [
        ['one', NOW + 1000],
        ['two', NOW],
      ],
    ]);
  });

  test('of many credentials are several writes', async () => {
    const written = new Written();
    const { lastUsed } = open(written);
    for (let n = 0; n < 1200; n++) lastUsed.note(callerOf(`c${n}`), NOW);
    await lastUsed.close();
    assert.deepEqual(
      written.batches.map((batch) => batch.length),
      [500, 500, 200],
    );
  });
});
