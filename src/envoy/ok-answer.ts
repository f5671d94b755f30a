import {
  type CheckResponseMessage,
  encodeCheckResponse,
  encodeOkHttpResponse,
  type OkHttpResponseMessage,
} from './response-messages.ts';

/** `CheckResponse.ok_response`, field 3, length-delimited. */
const OK_RESPONSE_TAG = 0x1a;
/** `OkHttpResponse.headers_to_remove`, field 5, length-delimited. */
const HEADERS_TO_REMOVE_TAG = 0x2a;

/**
 * An OK in bytes that are ready to send, to which names to remove can still be added without encoding it again: the
 * elements of a repeated field may follow one another anywhere in their message.
 */
export class OkAnswer {
  /** The whole answer; one buffer, because thousands of these are kept. Never written to: it may be on its way. */
  #plain: Buffer;
  /** In the answer's last eight bytes, as a double. */
  #revision: number;
  /** Where the `ok_response` lies in it; the other fields follow. */
  readonly #okStart: number;
  readonly #okEnd: number;

  /** @param rest with metadata whose last field is the revision */
  constructor(
    ok: OkHttpResponseMessage,
    rest: Omit<CheckResponseMessage, 'deniedResponse'>,
    revision: number,
  ) {
    const message = encodeOkHttpResponse(ok);
    this.#plain = join(message, [], encodeCheckResponse(rest));
    this.#revision = revision;
    if (this.#plain.readDoubleLE(this.#plain.length - 8) !== revision)
      throw new Error('the answer does not end with the revision');
    this.#okStart = okHead(message.length).length;
    this.#okEnd = this.#okStart + message.length;
  }

  /**
   * The whole CheckResponse.
   * @param credentials names beside those that the answer always removes: none, or `authorization`
   * @param forged more such names, which came with this one request
   */
  bytes(credentials: readonly string[], forged: readonly string[] | undefined, revision: number): Buffer {
    if (revision !== this.#revision) this.#follow(revision);
    if (forged) return this.#without([...credentials, ...forged]);
    return credentials.length === 0 ? this.#plain : this.#without(credentials);
  }

  /** Most commits change nothing else of an answer. */
  #follow(revision: number): void {
    const next = concatenate([this.#plain]);
    next.writeDoubleLE(revision, next.length - 8);
    this.#plain = next;
    this.#revision = revision;
  }

  #without(names: readonly string[]): Buffer {
    return join(
      this.#plain.subarray(this.#okStart, this.#okEnd),
      names.map(removedName),
      this.#plain.subarray(this.#okEnd),
    );
  }
}

function join(ok: Uint8Array, removed: readonly Buffer[], rest: Uint8Array): Buffer {
  const length = removed.reduce((sum, { length }) => sum + length, ok.length);
  return concatenate([okHead(length), ok, ...removed, rest]);
}

/** In memory of its own: a part of the pool that small buffers share would keep all of that as long as the answer. */
function concatenate(parts: readonly Uint8Array[]): Buffer {
  const whole = Buffer.allocUnsafeSlow(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function okHead(length: number): Buffer {
  return Buffer.from([OK_RESPONSE_TAG, ...varintBytes(length)]);
}

const AUTHORIZATION = encodeName('authorization');

function removedName(name: string): Buffer {
  return name === 'authorization' ? AUTHORIZATION : encodeName(name);
}

function encodeName(name: string): Buffer {
  const text = Buffer.from(name);
  return Buffer.concat([Buffer.from([HEADERS_TO_REMOVE_TAG, ...varintBytes(text.length)]), text]);
}

function varintBytes(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  bytes.push(left);
  return bytes;
}
