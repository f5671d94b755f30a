import { systemErrorCode } from '../files/system-error-code.ts';

/**
 * An unusable key file. The message names the file and never quotes its content. The error has no cause, because errors
 * of JSON and OpenSSL may quote the content.
 */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
  readonly path: string;
  constructor(path: string, problem: string) {
    super(`key file ${path}: ${problem}`);
    this.path = path;
  }
}

/** An error of the file system, of which only the code is shown. */
export function keyFileFault(path: string, problem: string, cause: unknown): KeyFileError {
  const code = systemErrorCode(cause);
  return new KeyFileError(path, code === undefined ? problem : `${problem} (${code})`);
}
