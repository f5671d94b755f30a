import { domainOfName, matchesNamePattern } from '../../accounts/name-pattern.ts';
import { GLOBAL } from '../../accounts/namespace-id.ts';
import { type Grants, holds } from '../../roles/grants.ts';
import type { Reader } from '../reader.ts';

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
  const hasDomain = names.some((name) => domainOfName(name) !== undefined);
  const domains = hasDomain ? await reader.directoryDomains() : undefined;
  return (name) => {
    if (grants.reservedNames.some((pattern) => matchesNamePattern(pattern, name))) return true;
    const domain = domainOfName(name);
    return domain !== undefined && domains?.has(domain) === true;
  };
}
