import type { z } from 'zod';
import { API_PREFIX } from '../contract/contract.ts';
import type { Operation } from '../contract/operation.ts';
import { readProblem, shownText } from './problem.ts';
import { refusalOf } from './refusal.ts';
import { RemoteError } from './remote-error.ts';
import type { ServerUrl } from './server-url.ts';
import { type Answer, type Limits, openTransport, type Transport } from './transport.ts';

/** A server, how it is known, and as whom it is asked. */
export interface Connection {
  readonly server: ServerUrl;
  /** PEM. */
  readonly ca: Buffer | undefined;
  /** The credential: a JWT. */
  readonly token: string;
}

export const LIMITS: Limits = { connectMs: 10_000, totalMs: 120_000, bytes: 64 * 1024 * 1024 };

type InputOf<S> = S extends z.ZodType ? z.input<S> : never;

/** What an operation is asked with. */
export interface Asking<O extends Operation> {
  readonly params?: InputOf<O['params']>;
  readonly query?: InputOf<O['query']>;
  readonly body?: InputOf<O['body']>;
}

/** The admin API of a server, as the contract has it. */
export class AdminClient {
  readonly server: string;
  readonly #token: string;
  readonly #line: Transport;

  constructor({ server, ca, token }: Connection, limits: Limits = LIMITS) {
    this.server = server.text;
    this.#token = token;
    this.#line = openTransport(server, ca, limits);
  }

  /** The answer as the contract's schema reads it. Rejects with `RemoteError`. */
  async call<O extends Operation>(operation: O, asking: Asking<O> = {}): Promise<z.output<O['response']>> {
    const { method, path } = operation;
    const body = asking.body === undefined ? undefined : JSON.stringify(asking.body);
    const answer = await this.#line.send({
      method,
      path: `${API_PREFIX}${fill(path, asking.params ?? {})}${queryOf(asking.query ?? {})}`,
      headers: {
        accept: 'application/json, application/problem+json',
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
        }),
      },
      body,
      changes: changes(operation),
    });
    return this.#read(operation, answer);
  }

  close(): void {
    this.#line.close();
  }

  #read<O extends Operation>(operation: O, answer: Answer): z.output<O['response']> {
    const { status, headers } = answer;
    const body = jsonOf(answer);
    if (status !== (operation.status ?? 200)) {
      const { server } = this;
      throw refusalOf(status, readProblem(body), { server, retryAfter: headers['retry-after'] });
    }
    if (body === undefined) throw this.#nonsense(operation, 'no JSON');
    const read = operation.response.safeParse(body);
    if (!read.success) {
      const [issue] = read.error.issues;
      throw this.#nonsense(
        operation,
        `something else at ${JSON.stringify(shownText(issue?.path.join('.') ?? ''))}`,
      );
    }
    return read.data as z.output<O['response']>;
  }

  #nonsense({ method, path }: Operation, what: string): RemoteError {
    return new RemoteError(
      'nonsense',
      `${this.server} answers ${method} ${path} with ${what}: is it an admin API of the version of this sallyport?`,
    );
  }
}

/** Undefined where the answer is no JSON. */
function jsonOf({ headers, body }: Answer): unknown {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json' && type !== 'application/problem+json') return undefined;
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** Whether it may have changed something; the POSTs of viewers do not. */
function changes({ method, access }: Operation): boolean {
  return method !== 'GET' && (access === 'manager' || access === 'admin');
}

function fill(path: string, params: Readonly<Record<string, unknown>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_braces, name: string) => encodeURIComponent(String(params[name])));
}

function queryOf(query: Readonly<Record<string, unknown>>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given}`;
}
