import { OperationError } from '../contract/operation-error.ts';
import type { Role } from '../roles/role-schema.ts';
import { suggestName } from '../text/suggest-name.ts';

/**
 * The author may see it, and may not do this to it.
 * @param what such as `changing the enforced policy no-robots`
 */
export function forbidden(what: string, role: Role, namespace: string): OperationError {
  return new OperationError('forbidden', `${what} needs the role ${role} in namespace ${namespace}`);
}

/** Reveals only that the id is in use, which an author who wants to use it must learn. */
export function idTaken(kind: string, id: string): OperationError {
  return new OperationError('conflict', `the id ${id} of a ${kind} is in use`);
}

/** @param known ids of which one may have been meant */
export function unknownResource(kind: string, id: string, known: Iterable<string> = []): OperationError {
  return new OperationError(
    'not-found',
    `there is no ${kind} ${JSON.stringify(id)}${suggestName(id, known)}`,
  );
}

export function unknownAccount(id: string): OperationError {
  return new OperationError('not-found', `there is no service account ${id}`);
}
