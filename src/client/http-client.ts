import { API_PREFIX } from '../contract/contract.ts';
import type { Operation, Precondition } from '../contract/operation.ts';
import { OperationError } from '../contract/operation-error.ts';
import type { Answer, CallInput, Client, Versioned } from './client.ts';
import { TransportError } from './connection-error.ts';
import { readRefusal, shownText } from './read-refusal.ts';
import type { ServerUrl } from './server-url.ts';
import { type HttpAnswer, type Limits, openTransport, type Transport } from './transport.ts';

/** A server, how it is known, and as whom it is asked. */
export interface Connection {
  readonly server: ServerUrl;
  /** PEM. */
  readonly ca: Buffer | undefined;
  /** The credential: a JWT. */
  readonly token: string;
}

export const LIMITS: Limits = { connectMs: 10_000, totalMs: 120_000, bytes: 64 * 1024 * 1024 };

export class HttpClient implements Client {
  readonly server: string;
  readonly place: string;
  readonly #token: string;
  readonly #transport: Transport;

  constructor({ server, ca, token }: Connection, limits: Limits = LIMITS) {
    this.server = server.text;
    this.place = server.text;
    this.#token = token;
    this.#transport = openTransport(server, ca, limits);
  }

  async call<O extends Operation>(operation: O, input?: CallInput<O>): Promise<Answer<O>> {
    return (await this.callVersioned(operation, input)).answer;
  }

  /** The answer as the contract's schema reads it. Rejects with `OperationError` or `TransportError`. */
  async callVersioned<O extends Operation>(
    operation: O,
    input: CallInput<O> = {},
  ): Promise<Versioned<Answer<O>>> {
    const { method, path, local } = operation;
    if (local) throw new Error(`${path} goes to no server`);
    const body = input.body === undefined ? undefined : JSON.stringify(input.body);
    const answer = await this.#transport.send({
      method,
      path: `${API_PREFIX}${fill(path, input.params ?? {})}${queryOf(input.query ?? {})}`,
      headers: {
        accept: 'application/json, application/problem+json',
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
        }),
        ...preconditionHeaders(input.precondition),
      },
      body,
      changes: changes(operation),
    });
    const revision = /^"(\d{1,15})"$/.exec(answer.headers.etag ?? '')?.[1];
    return {
      answer: this.#read(operation, answer),
      revision: revision === undefined ? undefined : Number(revision),
    };
  }

  async close(): Promise<void> {
    this.#transport.close();
  }

  #read<O extends Operation>(operation: O, answer: HttpAnswer): Answer<O> {
    const { status, headers } = answer;
    const body = jsonOf(answer);
    if (status !== (operation.status ?? 200)) {
      const refusal = readRefusal(status, body, headers['retry-after']);
      throw refusal instanceof OperationError ? refusal : this.#unexpectedStatus(status, refusal.detail);
    }
    if (body === undefined) throw this.#unexpected(operation, 'a body that is not JSON');
    const read = operation.response.safeParse(body);
    if (read.success) return read.data as Answer<O>;
    const [issue] = read.error.issues;
    throw this.#unexpected(
      operation,
      `an unexpected value at ${JSON.stringify(shownText(issue?.path.join('.') ?? ''))}`,
    );
  }

  #unexpected({ method, path }: Operation, what: string): TransportError {
    return new TransportError(
      'unexpected-response',
      `${this.server} answers ${method} ${path} with ${what}: is it an admin API of this version?`,
    );
  }

  #unexpectedStatus(status: number, detail: string): TransportError {
    const because = detail === '' ? '' : `: ${detail}`;
    if (status >= 300 && status < 400)
      return new TransportError(
        'unexpected-response',
        `${this.server} answers with a redirect, which is not followed, to protect the credential; give the address of the admin API itself`,
      );
    if (status === 502 || status === 504)
      return new TransportError('unavailable', `${this.server} can't answer now${because}; retry later`);
    if (status >= 500)
      return new TransportError(
        'unavailable',
        `${this.server} fails with ${status}${because}; its log says why`,
      );
    return new TransportError(
      'unexpected-response',
      `${this.server} answers ${status}${because}: is it an admin API?`,
    );
  }
}

/** RFC 9110 §13.1 */
function preconditionHeaders({ ifMatch, ifAbsent }: Partial<Precondition> = {}): Record<string, string> {
  return {
    ...(ifMatch !== undefined && { 'if-match': ifMatch === 'any' ? '*' : `"${ifMatch}"` }),
    ...(ifAbsent && { 'if-none-match': '*' }),
  };
}

/** Undefined if the answer is no JSON. */
function jsonOf({ headers, body }: HttpAnswer): unknown {
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
