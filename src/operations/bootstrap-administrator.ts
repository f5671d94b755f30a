import type { AccountId } from '../accounts/account-id.ts';
import { GLOBAL } from '../accounts/namespace-id.ts';
import { UserId } from '../accounts/user-id.ts';
import type { Operations } from '../contract/contract.ts';
import { OperationError } from '../contract/operation-error.ts';
import { requiredId } from '../manifests/required-id.ts';
import { REQUEST, type Resource } from '../manifests/resource.ts';
import { RoleBindingId } from '../roles/role-binding-schema.ts';
import type { Write } from '../store/port.ts';
import { parseRecord } from '../store/record.ts';
import { planChanges } from './changes/plan-changes.ts';
import { transact } from './changes/transact.ts';
import { describeIssued, issueCredential } from './issue-credential.ts';
import type { Implementation } from './operation-context.ts';

/**
 * Makes an account that is admin of everything, with a credential for the admin API; one that is there already gets a
 * further credential and its role back. For the machine with the signing key alone.
 */
export const bootstrapAdministrator: Implementation<Operations['serviceAccounts']['bootstrap']> = async (
  { body: { id, user_id, expires_at, revoke_others: revokeOthers } },
  { store, principal, issuing: openIssuing },
) => {
  const issuing = await openIssuing();
  const userId = user_id ?? requiredId(UserId.parse(id));
  const wanted = {
    purpose: 'admin',
    expiresAt: expires_at === undefined ? undefined : Date.parse(expires_at),
    label: 'bootstrap',
  } as const;
  const now = principal.now();
  const { result, revoked } = await transact(
    store,
    principal,
    async (reader, grants) => {
      const existing = await reader.find('service_account', id);
      if (existing && existing.namespace !== GLOBAL)
        throw new OperationError(
          'unprocessable',
          `service account ${id} is in namespace ${existing.namespace}, and an admin of everything has to be in ${GLOBAL}: choose another --id`,
        );
      const account: Resource = {
        kind: 'ServiceAccount',
        spec: {
          id,
          namespace: GLOBAL,
          user_id: userId,
          description: 'made by sallyport bootstrap',
          disabled: false,
          pomerium: false,
        },
        origin: REQUEST,
      };
      const binding: Resource = {
        kind: 'RoleBinding',
        spec: {
          id: requiredId(RoleBindingId.parse(`bootstrap.${id}`.slice(0, 128))),
          account: id,
          role: 'admin',
          namespace: GLOBAL,
          description: 'made by sallyport bootstrap',
        },
        origin: REQUEST,
      };
      const planned = await planChanges(existing ? [binding] : [account, binding], [], {
        reader,
        grants,
        now,
      });
      const made = existing ?? { ...accountIn(planned.writes, id), created_by: principal.author };
      const revived = { ...made, disabled: false };
      const by = { author: principal.author, now };
      const issued = await issueCredential(reader, issuing, revived, wanted, by);
      return { writes: [...planned.writes, ...issued.writes], result: issued.result };
    },
    { revokeOthers },
  );
  return { body: { ...describeIssued(result), revoked: revoked.map((each) => each.id) } };
};

function accountIn(writes: readonly Write[], id: AccountId) {
  const write = writes.find(({ key }) => key.kind === 'service_account' && key.id === id);
  return parseRecord('service_account', { kind: 'service_account', id, revision: 0, value: write?.value });
}
