import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

export const PASSWORDS = { admin: 'the-admin-secret', sidecar: 'the-sidecar-secret' } as const;

/** Makes the users as docs/redis.md says, for the default prefix. */
export async function createUsers(client: Redis): Promise<void> {
  const text = readFileSync(new URL('../../../docs/redis.md', import.meta.url), 'utf8');
  const lines = text.split('\n').filter((line) => line.startsWith('ACL SETUSER'));
  for (const line of lines) {
    const words = splitWords(
      line.replace('ADMIN-PASSWORD', PASSWORDS.admin).replace('SIDECAR-PASSWORD', PASSWORDS.sidecar),
    );
    const [name = '', ...args] = words;
    await client.call(name, ...args);
  }
}

/** A selector in parentheses is one word. */
function splitWords(line: string): string[] {
  return line.match(/\([^)]*\)|\S+/g) ?? [];
}
