import { OperationError } from '../contract/operation-error.ts';
import type { OperationContext } from '../operations/operation-context.ts';
import { Reader } from '../operations/reader.ts';
import type { AdminParts } from './admin-parts.ts';
import type { SignedIn } from './sign-in.ts';

/** A caller and what it may do, known before any of its body is read. */
export interface Authenticated
  extends Pick<OperationContext, 'store' | 'reader' | 'grants' | 'tree' | 'issuing' | 'explaining'> {
  readonly principal: SignedIn;
}

/** Rejects with `OperationError`. */
export async function authenticate(principal: SignedIn, parts: AdminParts): Promise<Authenticated> {
  const { store, issuing, explaining } = parts;
  const reader = new Reader(store);
  const { grants, tree } = await principal.load(reader);
  return {
    store,
    reader,
    principal,
    grants,
    tree: async () => tree,
    explaining,
    issuing: async () => {
      if (issuing) return issuing();
      throw new OperationError(
        'unprocessable',
        'keys.credential is not set: credentials are made on a machine that holds the key to sign them',
      );
    },
  };
}
