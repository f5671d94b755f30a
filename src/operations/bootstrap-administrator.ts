import type { AccountId } from '../accounts/account-id.ts';
import { GLOBAL } from '../accounts/namespace-id.ts';
import type { Credential } from '../accounts/service-account-schema.ts';
import type { UserId } from '../accounts/user-id.ts';
import { OperationError } from '../contract/operation-error.ts';
import { requiredId } from '../manifests/required-id.ts';
import type { Resource } from '../manifests/resource.ts';
import { RoleBindingId } from '../roles/role-binding-id.ts';
import type { Store, Write } from '../store/port.ts';
import { parseRecord } from '../store/record.ts';
import type { Access } from './access.ts';

import { planChanges } from './changes/plan-changes.ts';
import { transact } from './changes/transact.ts';
import { type IssuedCredential, type Issuing, issueCredential } from './issue-credential.ts';

export interface WantedAdministrator {
  readonly id: AccountId;
  readonly userId: UserId;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number | undefined;
  /** Revokes the credentials of the account for which it would be refused. */
  readonly revokeOthers: boolean;
}

export interface BootstrappedAdministrator extends IssuedCredential {
  readonly revoked: readonly Credential[];
}

const ORIGIN = { file: 'bootstrap', document: 0 };

/**
 * Makes an account that is admin of everything, with a credential for the admin API; one that is there already gets a
 * further credential and its role back. For the machine with the signing key: nobody else could, or need.
 */
export async function bootstrapAdministrator(
  store: Store,
  access: Access,
  issuing: Issuing,
  { id, userId, expiresAt, revokeOthers }: WantedAdministrator,
): Promise<BootstrappedAdministrator> {
  const now = access.now();
  const { result, revoked } = await transact(
    store,
    access,
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
        origin: ORIGIN,
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
        origin: ORIGIN,
      };
      const planned = await planChanges(existing ? [binding] : [account, binding], [], {
        reader,
        grants,
        now,
      });
      const made = existing ?? { ...accountIn(planned.writes, id), created_by: access.author };
      const revived = { ...made, disabled: false };
      const by = { author: access.author, now };
      const issued = await issueCredential(reader, issuing, revived, 'admin', expiresAt, 'bootstrap', by);
      return { writes: [...planned.writes, ...issued.writes], result: issued.result };
    },
    { revokeOthers },
  );
  return { ...result, revoked };
}

function accountIn(writes: readonly Write[], id: AccountId) {
  const write = writes.find(({ key }) => key.kind === 'service_account' && key.id === id);
  return parseRecord('service_account', { kind: 'service_account', id, revision: 0, value: write?.value });
}
