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
const AUTHORIZATION: readonly string[] = ['authorization'];

/**
 * An OK in bytes that are ready to send, to which names to remove can still be added without encoding it again: the
 * elements of a repeated field may follow one another anywhere in their message.
 */
export class OkAnswer {
  readonly #ok: Uint8Array;
  /** The fields of the CheckResponse other than `ok_response`. */
  readonly #rest: Uint8Array;
  readonly #plain: Buffer;
  #withoutAuthorization: Buffer | undefined;

  constructor(ok: OkHttpResponseMessage, rest: Omit<CheckResponseMessage, 'deniedResponse'>) {
    this.#ok = encodeOkHttpResponse(ok);
    this.#rest = encodeCheckResponse(rest);
    this.#plain = this.#join([]);
  }

  /**
   * The whole CheckResponse.
   * @param credentials names beside those that the answer always removes: none, or `authorization`
   * @param forged more such names, which came with this one request
   */
  bytes(credentials: readonly string[], forged: readonly string[] | undefined): Buffer {
    if (forged) return this.#join([...credentials, ...forged]);
    if (credentials.length === 0) return this.#plain;
    if (credentials.length > 1 || credentials[0] !== 'authorization') return this.#join(credentials);
    this.#withoutAuthorization ??= this.#join(AUTHORIZATION);
    return this.#withoutAuthorization;
  }

  #join(removed: readonly string[]): Buffer {
    const parts: Uint8Array[] = [this.#ok];
    let length = this.#ok.length;
    for (const name of removed) {
      const text = Buffer.from(name);
      const head = Buffer.from([HEADERS_TO_REMOVE_TAG, ...varintBytes(text.length)]);
      parts.push(head, text);
      length += head.length + text.length;
    }
    const whole = [Buffer.from([OK_RESPONSE_TAG, ...varintBytes(length)]), ...parts, this.#rest];
    return Buffer.concat(whole);
  }
}

function varintBytes(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  bytes.push(left);
  return bytes;
}
