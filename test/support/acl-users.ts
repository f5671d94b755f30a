import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

export const PASSWORDS = { admin: 'the-admin-secret', sidecar: 'the-sidecar-secret' } as const;

/** Makes the users as docs/redis.md says, for the default prefix. */
export async function createUsers(client: Redis): Promise<void> {
  for (const line of userLines()) {
    const [name = '', ...args] = splitWords(line);
    await client.call(name, ...args);
  }
}

/** An ACL file with the users and a default user that is off, as docs/redis.md says. */
export function aclFile(): string {
  const users = userLines().map((line) => line.replace('ACL SETUSER', 'user'));
  return ['user default off ~* &* +@all', ...users, ''].join('\n');
}

function userLines(): string[] {
  const text = readFileSync(new URL('../../docs/redis.md', import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('ACL SETUSER'))
    .map((line) =>
      line.replace('ADMIN-PASSWORD', PASSWORDS.admin).replace('SIDECAR-PASSWORD', PASSWORDS.sidecar),
    );
}

/** A selector in parentheses is one word. */
function splitWords(line: string): string[] {
  return line.match(/\([^)]*\)|\S+/g) ?? [];
}
