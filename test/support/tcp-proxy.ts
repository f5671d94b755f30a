import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server, and does to their conversation what networks do. */
export interface TcpProxy {
  readonly port: number;
  /** Ends all connections and takes none any more. */
  cut(): void;
  /** Takes connections and passes nothing on, either way. */
  swallow(): void;
  /** Passes everything on so many milliseconds later. */
  delay(milliseconds: number): void;
  /** Passes the server's answers on a byte at a time, so many milliseconds apart. */
  trickle(milliseconds: number): void;
  /** As if it weren't there. What was swallowed stays lost: those connections end. */
  heal(): void;
  readonly connections: number;
  /** All that was said through it, one connection and direction after the other, where it was to be recorded. */
  recorded(): Buffer;
  close(): Promise<void>;
}

type Mode = {
  readonly kind: 'pass' | 'cut' | 'swallow' | 'delay' | 'trickle';
  readonly milliseconds: number;
};

export async function startProxy(
  target: { host: string; port: number },
  { record = false } = {},
): Promise<TcpProxy> {
  let mode: Mode = { kind: 'pass', milliseconds: 0 };
  const sockets = new Set<Socket>();
  const recordings: Buffer[][] = [];
  const endAll = () => {
    for (const socket of sockets) socket.destroy();
  };

  const server = createServer((client) => {
    if (mode.kind === 'cut') {
      client.destroy();
      return;
    }
    const upstream = connect(target);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      let tail = Promise.resolve();
      const recording: Buffer[] = [];
      if (record) recordings.push(recording);
      from.on('data', (chunk: Buffer) => {
        if (record) recording.push(chunk);
        tail = tail.then(() => pass(chunk, to, from === upstream));
      });
    }
  });

  async function pass(chunk: Buffer, to: Socket, isAnswer: boolean): Promise<void> {
    const { kind, milliseconds } = mode;
    if (kind === 'swallow' || to.destroyed) return;
    if (kind === 'trickle' && isAnswer) {
      for (const byte of chunk) {
        if (mode.kind === 'trickle') await pause(milliseconds);
        if (to.destroyed) return;
        to.write(Buffer.of(byte));
      }
      return;
    }
    if (kind === 'delay') await pause(milliseconds);
    if (!to.destroyed) to.write(chunk);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const set = (kind: Mode['kind'], milliseconds = 0) => {
    mode = { kind, milliseconds };
  };
  return {
    port: address.port,
    get connections() {
      return sockets.size / 2;
    },
    cut: () => {
      set('cut');
      endAll();
    },
    swallow: () => set('swallow'),
    delay: (milliseconds) => set('delay', milliseconds),
    trickle: (milliseconds) => set('trickle', milliseconds),
    heal: () => {
      const lost = mode.kind === 'swallow';
      set('pass');
      if (lost) endAll();
    },
    recorded: () => Buffer.concat(recordings.flat()),
    async close() {
      endAll();
      server.close();
      await once(server, 'close');
    },
  };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
