/** An operator asked for something that can't be; the message says what, and what to do. Nothing was changed. */
export class AccountError extends Error {
  override readonly name = 'AccountError';
}
