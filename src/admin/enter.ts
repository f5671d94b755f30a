import { AccountError } from '../resources/account-error.ts';
import { Reader } from '../resources/reader.ts';
import type { AdminParts } from './admin-parts.ts';
import type { EnteredContext } from './handler.ts';
import type { SignedIn } from './sign-in.ts';

/** What somebody who is signed in may do, found out before any handler runs. Throws `Refused`. */
export async function enter(access: SignedIn, parts: AdminParts): Promise<EnteredContext> {
  const { store, issuing, explaining } = parts;
  const reader = new Reader(store);
  const { grants, tree } = await access.standing(reader);
  return {
    store,
    reader,
    access,
    grants,
    tree,
    explaining,
    issuing: async () => {
      if (issuing) return issuing();
      throw new AccountError(
        'keys.credential is not set: credentials are made on a machine that holds the key to sign them',
      );
    },
  };
}
