/** An operator asked for something that can't be; the message says what, and what to do. Nothing was changed. */
export class AccountError extends Error {
  override readonly name = 'AccountError';
  /** Whether it can't be because there is no such account. */
  readonly unknown: boolean;
  constructor(message: string, { unknown = false }: { readonly unknown?: boolean } = {}) {
    super(message);
    this.unknown = unknown;
  }
}
