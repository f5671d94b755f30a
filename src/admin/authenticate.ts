import { OperationError } from '../contract/operation-error.ts';

import type { AuthenticatedContext } from '../operations/handler.ts';
import { Reader } from '../operations/reader.ts';
import type { AdminParts } from './admin-parts.ts';
import type { SignedIn } from './sign-in.ts';

/** What somebody who is signed in may do, found out before any handler runs. Throws `OperationError`. */
export async function authenticate(access: SignedIn, parts: AdminParts): Promise<AuthenticatedContext> {
  const { store, issuing, explaining } = parts;
  const reader = new Reader(store);
  const { grants, tree } = await access.loadPrincipal(reader);
  return {
    store,
    reader,
    access,
    grants,
    tree,
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
