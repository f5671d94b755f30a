import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

// Below the range that operating systems take for outgoing connections, so that none of those gets in between finding
// a port and listening on it.
const FIRST = 15_000;
const LAST = 32_000;
const given = new Set<number>();

/** A TCP port of loopback that nobody listens on, never the same twice; `preferred` where it is free. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (;;) {
    const port = randomInt(FIRST, LAST);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}
