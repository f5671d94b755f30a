/** Ends a verb that has already printed what is wrong. */
export class ExitQuietly extends Error {
  override readonly name = 'ExitQuietly';
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}
