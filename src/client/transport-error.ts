/** `unavailable` may change later; `unexpected-response` is an answer that no admin API of this version gives. */
export type TransportCode = 'unavailable' | 'unexpected-response';

/** An admin API that can't be asked, or does not answer as one; the message says what to do, and holds no credential. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: TransportCode;
  constructor(code: TransportCode, message: string) {
    super(message);
    this.code = code;
  }
}
