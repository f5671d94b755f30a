import type { Redis } from 'ioredis';

/** All that a Redis holds, as it would be in a snapshot. */
export type RedisImage = readonly (readonly [key: string, value: Buffer])[];

export async function takeImage(client: Redis): Promise<RedisImage> {
  const keys = await client.keys('*');
  const values = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
  return keys.flatMap((key, index) => {
    const value = values[index];
    return value ? [[key, value] as const] : [];
  });
}

/** In place of all that it holds now, at once. */
export async function putImage(client: Redis, image: RedisImage): Promise<void> {
  const transaction = client.multi().flushall();
  for (const [key, value] of image) transaction.restore(key, 0, value, 'REPLACE');
  await transaction.exec();
}

/** Writes what is nobody's until `enough`, or until the server takes no more. */
export async function fillMemory(client: Redis, room: number, enough: () => Promise<boolean>): Promise<void> {
  const used = Number(/used_memory:(\d+)/.exec(await client.info('memory'))?.[1]);
  await client.config('SET', 'maxmemory', used + room);
  const filler = Buffer.alloc(16 * 1024, 'x');
  for (let n = 0; !(await enough()); n++) {
    try {
      await client.set(`filler:${n}`, filler);
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('OOM')) return;
      throw error;
    }
  }
}

/** Takes away what `fillMemory` wrote. */
export async function removeFiller(client: Redis): Promise<void> {
  const keys = await client.keys('filler:*');
  if (keys.length > 0) await client.unlink(...keys);
}
