import { userNameOf } from '../accounts/directory.ts';
import { domainOfName, matchesNamePattern } from '../accounts/name-pattern.ts';
import { GLOBAL } from '../accounts/namespace-id.ts';
import { type Grants, holds } from '../roles/grants.ts';
import type { Reader } from './reader.ts';

/**
 * Finds user IDs that are kept for the directory: those that a configured pattern fits, and those with a domain that the
 * name of a directory user has, present or deleted. For an admin of `global` there are none.
 */
export async function reservedNames(
  names: readonly string[],
  reader: Reader,
  grants: Grants,
): Promise<(name: string) => boolean> {
  if (holds(grants, 'admin', GLOBAL)) return () => false;
  const domains = await directoryDomains(names, reader);
  return (name) => {
    if (grants.reservedNames.some((pattern) => matchesNamePattern(pattern, name))) return true;
    const domain = domainOfName(name);
    return domain !== undefined && domains.has(domain);
  };
}

/** Those of the names' domains that directory users have. Reads no further than it must. */
async function directoryDomains(names: readonly string[], reader: Reader): Promise<Set<string>> {
  const wanted = new Set(names.map(domainOfName).filter((domain) => domain !== undefined));
  const found = new Set<string>();
  if (wanted.size === 0) return found;
  for await (const user of reader.all('directory_user')) {
    for (const name of [user.id, userNameOf(user)]) {
      const domain = domainOfName(name);
      if (domain !== undefined && wanted.has(domain)) found.add(domain);
    }
    if (found.size === wanted.size) break;
  }
  return found;
}
