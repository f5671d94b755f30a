import { randomBytes } from 'node:crypto';
import { AccountId } from '../accounts/account-id.ts';
import type { ServiceAccount } from '../accounts/service-account-schema.ts';
import type { Operations } from '../contract/contract.ts';
import { formatIssue, OperationError } from '../contract/operation-error.ts';
import { requiredId } from '../manifests/required-id.ts';
import { REQUEST, type Resource, ResourceError } from '../manifests/resource.ts';
import { sees } from '../roles/grants.ts';
import type { Write } from '../store/port.ts';
import { type PlanContext, planChanges } from './changes/plan-changes.ts';
import { type Plan, transact } from './changes/transact.ts';
import { describeIssued, issueCredential } from './issue-credential.ts';
import type { Implementation } from './operation-context.ts';
import { idTaken } from './refusals.ts';

export const createServiceAccount: Implementation<Operations['serviceAccounts']['create']> = async (
  { body },
  { store, principal, issuing: openIssuing },
) => {
  const issuing = await openIssuing();
  const { author } = principal;
  const now = principal.now();
  const id = body.id ?? requiredId(AccountId.parse(`sa-${randomBytes(8).toString('hex')}`));
  const spec = {
    id,
    namespace: body.namespace,
    ...(body.impersonate ? { impersonate: body.user_id } : { user_id: body.user_id }),
    description: body.description,
    ...(body.expires_at !== undefined && { expires_at: body.expires_at }),
    disabled: false,
    pomerium: false,
  };
  const resource: Resource = { kind: 'ServiceAccount', spec, origin: REQUEST };
  const wanted = {
    purpose: body.purpose,
    expiresAt: body.expires_at === undefined ? undefined : Date.parse(body.expires_at),
    label: '',
  };
  const { result } = await transact(store, principal, async (reader, grants) => {
    const existing = await reader.find('service_account', id);
    if (existing && !sees(grants, existing.namespace)) throw idTaken('ServiceAccount', id);
    if (existing)
      throw new OperationError(
        'unprocessable',
        `there is a service account ${id} already: choose another id, or rotate its credential`,
      );
    const { writes } = await planAccount(resource, { reader, grants, now });
    const account = accountIn(writes);
    const made = { ...account, created_by: author };
    const issued = await issueCredential(reader, issuing, made, wanted, { author, now });
    return {
      writes: [...writes.filter(({ value }) => value !== account), ...issued.writes],
      result: issued.result,
    };
  });
  return { body: describeIssued(result) };
};

async function planAccount(resource: Resource, context: PlanContext): Promise<Plan<unknown>> {
  try {
    return await planChanges([resource], [], context);
  } catch (error) {
    if (!(error instanceof ResourceError)) throw error;
    throw new OperationError('unprocessable', error.problems.map(formatIssue).join('\n'));
  }
}

function accountIn(writes: readonly Write[]): ServiceAccount {
  const write = writes.find(({ key }) => key.kind === 'service_account');
  return write?.value as ServiceAccount;
}
