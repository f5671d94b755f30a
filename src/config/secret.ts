import { inspect } from 'node:util';

const CONCEALED = '[secret]';

/** Secret bytes that no log line, error or printed configuration can show by accident. */
export class Secret {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The bytes themselves. Hand them to the cryptography that needs them, and to nothing else. */
  reveal(): Uint8Array {
    return this.#bytes;
  }

  toJSON(): string {
    return CONCEALED;
  }

  toString(): string {
    return CONCEALED;
  }

  [inspect.custom](): string {
    return CONCEALED;
  }
}
