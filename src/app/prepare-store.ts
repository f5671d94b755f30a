import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { publicKeyFile } from '../config/key-files.ts';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import { storeOf } from '../store/drivers.ts';
import { StoreFormatError, StoreUnavailable } from '../store/port.ts';
import { ControlPlaneMessage, tellFailure, tellParent } from './control-plane-message.ts';
import { makeCredentialKey } from './open-keys.ts';
import { createStore } from './open-store.ts';

/**
 * Makes the key that signs credentials, its public half, and the embedded store in this version's format. Runs in a process
 * of its own, so that the sidecar never holds the key.
 */
export async function prepareStore(load: () => Config): Promise<void> {
  try {
    const config = load();
    const made = (await makeCredentialKey(config)) ? [config.keys.credential ?? ''] : [];
    await createStore(config);
    await tellParent({ type: 'prepared', made });
  } catch (error) {
    await tellFailure(error);
  }
  if (process.connected) process.disconnect();
}

/** The same for `store init`. True if the embedded store was missing. */
export async function createStoreAndKey(config: Config): Promise<boolean> {
  await makeCredentialKey(config);
  return createStore(config);
}

/**
 * Opens what needs a store and keys. If this machine makes them and any is missing, or the store is of an older format,
 * `prepareStore` runs in a process of its own first. Rejects with `StoreUnavailable`.
 */
export async function openPrepared<T>(
  open: () => Promise<T>,
  config: Config,
  start: () => ChildProcess,
  logger: Logger,
): Promise<T> {
  if (!storeOf(config).capabilities.makesKeys) return open();
  if (!isPrepared(config)) await runPreparation(start, logger);
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof StoreFormatError)) throw error;
    await runPreparation(start, logger);
    return open();
  }
}

function isPrepared(config: Config): boolean {
  if (!storeOf(config).isMade()) return false;
  const { credential } = config.keys;
  const published = publicKeyFile(config);
  if (credential === undefined || published === undefined) return true;
  if (!existsSync(credential) || !existsSync(published)) return false;
  return statSync(credential).mtimeMs <= statSync(published).mtimeMs;
}

async function runPreparation(start: () => ChildProcess, logger: Logger): Promise<void> {
  const child = start();
  let last: ControlPlaneMessage | undefined;
  child.on('message', (raw) => {
    const message = ControlPlaneMessage.safeParse(raw);
    if (message.success) last = message.data;
  });
  const [code] = await once(child, 'exit');
  if (last?.type === 'prepared') for (const file of last.made) logEvent(logger, 'keys-made', { file });
  else
    throw new StoreUnavailable(
      last?.type === 'failed' ? last.problem : `the process that makes store and keys ended with ${code}`,
    );
}
