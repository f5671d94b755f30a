import type { Credential } from '../accounts/service-account-schema.ts';
import type { Operations } from '../contract/contract.ts';
import { OperationError } from '../contract/operation-error.ts';
import type { CredentialId } from '../credentials/credential-id.ts';
import type { Grants } from '../roles/grants.ts';
import { credentialWrite, revokedAt } from './changes/credential-writes.ts';
import { transact } from './changes/transact.ts';
import { requireAccount } from './find-service-account.ts';
import type { Implementation, OperationContext } from './operation-context.ts';
import type { Reader } from './reader.ts';

type ServiceAccounts = Operations['serviceAccounts'];

export const revokeCredentials: Implementation<ServiceAccounts['revoke']> = ({ params, query }, context) =>
  revokeMany({ body: { ids: [params.id] }, query }, context);

export const revokeOne: Implementation<ServiceAccounts['revokeOne']> = (
  { params: { id, credential }, query },
  context,
) =>
  revoke(context, query.dry_run, async (reader, grants) => {
    await requireAccount(reader, grants, id);
    const found = await reader.find('credential', credential);
    if (found?.account !== id)
      throw new OperationError('not-found', `service account ${id} has no credential ${credential}`);
    return [found];
  });

/** Revokes every credential of several accounts: of all of them or of none. */
export const revokeMany = (
  { body, query }: Pick<Parameters<Implementation<ServiceAccounts['revokeMany']>>[0], 'body' | 'query'>,
  context: OperationContext,
) =>
  revoke(context, query.dry_run, async (reader, grants) => {
    const held: CredentialId[] = [];
    for (const id of body.ids) held.push(...(await requireAccount(reader, grants, id)).credentials);
    return (await reader.findAll('credential', held)).values();
  });

/** Those revoked already stay as they are, and are not in the answer. */
async function revoke(
  { store, principal }: Pick<OperationContext, 'store' | 'principal'>,
  dryRun: boolean,
  find: (reader: Reader, grants: Grants) => Promise<Iterable<Credential>>,
) {
  const { result } = await transact(
    store,
    principal,
    async (reader, grants) => {
      const revoked = revokedAt(principal.now(), await find(reader, grants));
      return { writes: revoked.map(credentialWrite), result: revoked };
    },
    { dryRun },
  );
  return { body: { revoked: result.map(({ id }) => id) } };
}
