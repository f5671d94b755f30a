import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { until } from './redis-servers.ts';

/** What a server has to be started with. */
export const BREAKABLE = ['--enable-protected-configs', 'yes'];

/** Has a server take snapshots in a folder that is gone, so that it refuses writes (MISCONF); returns what mends it. */
export async function breakSnapshots(client: Redis): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-dump-'));
  await client.config('SET', 'dir', folder);
  await client.config('SET', 'save', '3600 1');
  await client.config('SET', 'stop-writes-on-bgsave-error', 'yes');
  rmSync(folder, { recursive: true });
  await save(client);
  await until('writes to be refused', () =>
    client.set('probe', 'x').then(
      () => false,
      (error: Error) => error.message.startsWith('MISCONF'),
    ),
  );
  return async () => {
    // The server is in the folder that is gone, not in another of its name.
    mkdirSync(folder);
    await client.config('SET', 'dir', folder);
    await save(client);
    await until('writes to be taken', async () => (await client.set('probe', 'x').catch(() => '')) === 'OK');
    await client.config('SET', 'save', '');
    await client.config('SET', 'dir', tmpdir());
    rmSync(folder, { recursive: true });
  };
}

async function save(client: Redis): Promise<void> {
  await until('a snapshot to begin', () =>
    client.bgsave().then(
      () => true,
      // One that another program asked for is still on its way.
      (error: Error) => !/in progress/.test(error.message),
    ),
  );
  await until('it to end', async () => /rdb_bgsave_in_progress:0/.test(await client.info('persistence')));
}
