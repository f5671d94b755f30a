import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const USERS_FILE = fileURLToPath(new URL('../../deploy/compose/users.acl', import.meta.url));

/** Redis's users as its `aclfile` has them. Holds only hashes of their passwords. */
export function fillRedisUsers(passwords: Readonly<Record<string, string>>): string {
  const template = readFileSync(USERS_FILE, 'utf8');
  return template.replace(/#([A-Z]+)\b/g, (_, name: string) => {
    const password = passwords[name];
    if (password === undefined) throw new Error(`users.acl names ${name}, who has no password`);
    return `#${createHash('sha256').update(password).digest('hex')}`;
  });
}
