import type { Operations } from '../contract/contract.ts';
import { retireCredentials } from './changes/credential-writes.ts';
import { transact } from './changes/transact.ts';
import { requireAccount } from './find-service-account.ts';
import { describeIssued, issueCredential } from './issue-credential.ts';
import type { Implementation } from './operation-context.ts';

/** Issues another credential; the answer contains the JWT. */
export const rotateCredential: Implementation<Operations['serviceAccounts']['rotate']> = async (
  { params: { id }, body },
  { store, principal, issuing: openIssuing },
) => {
  const issuing = await openIssuing();
  const { purpose, label, expires_at, old_valid_for_seconds: oldValidFor } = body;
  const expiresAt = expires_at === undefined ? undefined : Date.parse(expires_at);
  const now = principal.now();
  const { result } = await transact(store, principal, async (reader, grants) => {
    const account = await requireAccount(reader, grants, id);
    const by = { author: principal.author, now };
    const issued = await issueCredential(reader, issuing, account, { purpose, expiresAt, label }, by);
    if (oldValidFor === undefined) return issued;
    const older = await reader.findAll('credential', account.credentials);
    const retired = [...older.values()].filter((credential) => credential.purpose === purpose);
    return { ...issued, writes: [...issued.writes, ...retireCredentials(retired, now, oldValidFor * 1000)] };
  });
  return { body: describeIssued(result) };
};
