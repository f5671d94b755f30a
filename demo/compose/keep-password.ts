import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** The password in `file`; a random one is put there first where there is no such file. */
export function keepPassword(file: string, mode: number): string {
  if (existsSync(file)) return readFileSync(file, 'utf8');
  const password = randomBytes(32).toString('base64url');
  // Whole or not there, also where this process is killed.
  writeFileSync(`${file}.new`, password, { mode });
  renameSync(`${file}.new`, file);
  return password;
}
