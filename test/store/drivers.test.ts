import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BackupError } from '../../src/store/backup.ts';
import { chosenDriver, configureStore, storeOf } from '../../src/store/drivers.ts';
import { StoreUnavailable } from '../../src/store/port.ts';

const files = { resolve: (_: unknown, file: string) => `/nowhere/${file}`, report: assert.fail };

describe('the store that a configuration names', () => {
  test('without a section is the embedded one: its machine makes keys and runs the control plane', async () => {
    const config = configureStore({}, files);
    const store = storeOf({ store: config });
    assert.deepEqual(store.capabilities, { shared: false, makesKeys: true, controlPlaneBeside: true });
    assert.equal(chosenDriver({}).capabilities, store.capabilities);
    assert.equal(store.where, '/nowhere/data/store');
    assert.equal(store.isMade(), false);
    assert.throws(() => store.refuseMissing(), StoreUnavailable);
    await assert.rejects(store.openBackup(0), StoreUnavailable);
    await assert.rejects(store.openAcceptance(), /needs no acceptance/);
    await assert.rejects(store.openRepair(), /store repair is for Redis/);
  });

  test('with store.redis is shared: keys are handed out, and the control plane runs apart', async () => {
    const redis = {
      url: { host: 'r', port: 6379, tls: false },
      prefix: 'p',
      command_timeout: 150,
      transfer_timeout: 5000,
      wait_replicas: 0,
      wait_timeout: 1000,
      min_replicas_to_write: 1,
      log_length: 1000,
    };
    const store = storeOf({ store: configureStore({ redis }, files) });
    assert.deepEqual(store.capabilities, { shared: true, makesKeys: false, controlPlaneBeside: false });
    assert.equal(chosenDriver({ redis }).label, 'Redis');
    assert.equal(store.where, 'Redis at r:6379, prefix p');
    store.refuseMissing();
    await assert.rejects(store.openBackup(0), BackupError);
  });
});
