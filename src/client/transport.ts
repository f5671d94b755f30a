import { Client, type Dispatcher } from 'undici';
import { describeConnectionError, TransportError } from './connection-error.ts';
import type { ServerUrl } from './server-url.ts';

export interface Limits {
  /** Milliseconds until the connection is established, TLS included. */
  readonly connectMs: number;
  /** Milliseconds until the whole response has arrived. */
  readonly totalMs: number;
  readonly bytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** By lower-case name; of a repeated header, the first. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface Outgoing {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Whether the server may change something on this request. */
  readonly changes: boolean;
}

/** One connection to one server, kept alive. Uses no proxy and follows no redirect. */
export interface Transport {
  /** Rejects with `TransportError` only. */
  send(outgoing: Outgoing): Promise<HttpAnswer>;
  close(): void;
}

/** @param ca PEM certificates that must have signed the server's; undefined for those that Node.js trusts */
export function openTransport({ text, at }: ServerUrl, ca: Buffer | undefined, limits: Limits): Transport {
  const client = new Client(at.kind === 'unix' ? 'http://localhost' : text, {
    connect: {
      timeout: limits.connectMs,
      // Explicit, so that NODE_TLS_REJECT_UNAUTHORIZED cannot turn verification off.
      rejectUnauthorized: true,
      ...(ca && { ca }),
      ...(at.kind === 'unix' && { socketPath: at.path }),
    },
    maxResponseSize: limits.bytes,
  });
  let connectionError: unknown;
  client.on('connectionError', (_origin, _targets, error) => {
    connectionError = error;
  });
  return {
    async send({ body: content = null, changes, ...request }) {
      const signal = AbortSignal.timeout(limits.totalMs);
      try {
        const { statusCode, headers, body } = await client.request({ ...request, body: content, signal });
        return {
          status: statusCode,
          headers: Object.fromEntries(
            Object.entries(headers).map(([name, value]) => [name, [value].flat()[0]]),
          ),
          body: Buffer.from(await body.arrayBuffer()),
        };
      } catch (error) {
        const connected = error !== connectionError;
        const { code, message } = signal.aborted
          ? new TransportError('unavailable', `${text} did not answer within ${limits.totalMs / 1000} s`)
          : describeConnectionError(error, text, connected, limits);
        throw new TransportError(
          code,
          connected && changes
            ? `${message}; it is unknown whether the change was made: check before you retry`
            : message,
        );
      }
    },
    close: () => void client.destroy(),
  };
}
