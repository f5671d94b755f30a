/** Ends a verb that has said already what is wrong: nothing more is printed. */
export class ExitQuietly extends Error {
  override readonly name = 'ExitQuietly';
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}
