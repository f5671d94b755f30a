import { userNameOf } from '../accounts/directory-schema.ts';
import { type ResourceFile, readableResources } from '../manifests/parse-resources.ts';
import { namedUsers } from '../policy/lint/named-users.ts';
import type { PolicyFinding } from './lint-policies.ts';

/**
 * Shows who is meant where policies name directory users whose id is not their name, as far as the files tell: policies,
 * tokens and `impersonate` name the id.
 */
export function lintUserNames(sources: readonly ResourceFile[]): PolicyFinding[] {
  const resources = sources.flatMap(readableResources);
  const ids = new Set<string>();
  const nameOf = new Map<string, string>();
  const idOf = new Map<string, string>();
  for (const { kind, spec } of resources) {
    if (kind !== 'DirectoryUser' || spec.deleted) continue;
    ids.add(spec.id);
    const name = userNameOf(spec);
    if (name === spec.id) continue;
    nameOf.set(spec.id, name);
    idOf.set(name, spec.id);
  }
  if (nameOf.size === 0) return [];
  const tell = (user: string): string | undefined => {
    const [name, id] = [nameOf.get(user), idOf.get(user)];
    if (name !== undefined) return `${user} is the id of the directory user whose name is ${name}`;
    if (id === undefined || ids.has(user)) return undefined;
    return `${user} is the name of the directory user whose id is ${id}, and policies name the id`;
  };
  return resources.flatMap((resource) => {
    if (resource.kind !== 'Policy') return [];
    return namedUsers(resource.spec.ppl).flatMap(({ user, path }): PolicyFinding[] => {
      const message = tell(user);
      const { file } = resource.origin;
      if (message === undefined) return [];
      return [{ file, severity: 'warning', policy: resource.spec.id, path, message }];
    });
  });
}
