import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks `holds` until it says yes. Throws where `timeout` milliseconds pass first, or where `holds` throws.
 * `interval` is the pause between two questions, in milliseconds.
 */
export async function waitUntil(
  what: string,
  holds: () => boolean | Promise<boolean>,
  { timeout = 15_000, interval = 20 } = {},
): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeout} ms for ${what}`);
    await delay(interval);
  }
}
