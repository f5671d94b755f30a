import type { Precondition } from '../contract/operation.ts';
import { OperationError } from '../contract/operation-error.ts';

/**
 * Throws `OperationError` if what is there is not what the caller expects.
 * @param revision of what is there; undefined where nothing is
 * @param required whether one that is there may only be replaced by somebody who says which
 */
export function checkPrecondition(
  { ifMatch, ifAbsent }: Precondition,
  revision: number | undefined,
  required: boolean,
): void {
  if (ifAbsent && revision !== undefined)
    throw new OperationError('precondition-failed', 'there is one already');
  if (ifMatch === undefined) {
    if (required && revision !== undefined && !ifAbsent)
      throw new OperationError(
        'precondition-required',
        'say which version this replaces: If-Match with the ETag that was read, or * for any',
      );
    return;
  }
  if (revision === undefined) throw new OperationError('precondition-failed', 'there is none any more');
  if (ifMatch !== 'any' && ifMatch !== revision)
    throw new OperationError('precondition-failed', 'it was changed since it was read: read it again');
}
