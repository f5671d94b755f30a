import { type Caller, createCaller } from '../accounts/caller.ts';
import type { DirectoryUser } from '../accounts/directory-schema.ts';
import { GLOBAL } from '../accounts/namespace-id.ts';
import { Credential, ServiceAccount, userIdOf } from '../accounts/service-account-schema.ts';
import type { UserId } from '../accounts/user-id.ts';
import type { Resource } from '../manifests/resource.ts';
import type { PolicySubject } from '../policy/policy-input.ts';
import { type Grants, sees } from '../roles/grants.ts';
import type { Reader } from './reader.ts';

/** The directory user that an account impersonates now; undefined if the account does not exist. */
export type FindSubject = (accountId: string) => Promise<PolicySubject | undefined>;

const EPOCH = '1970-01-01T00:00:00Z';

/** An account that the caller may see; `subject` is undefined if they may not see the impersonated user. */
export interface SeenCaller {
  readonly userId: UserId;
  readonly subject: PolicySubject | undefined;
}

/** The caller of a recorded request, as far as the reader may see it: directory users belong to `global`. */
export function callersSeen(
  reader: Reader,
  grants: Grants,
): (accountId: string) => Promise<SeenCaller | undefined> {
  return once(async (id) => {
    const account = await reader.find('service_account', id);
    if (!account || !sees(grants, account.namespace)) return undefined;
    const isOpen = account.impersonate === undefined || sees(grants, GLOBAL);
    return {
      userId: userIdOf(account),
      subject: isOpen ? await subjectInStore(reader, account) : undefined,
    };
  });
}

function once<T>(find: (id: string) => Promise<T>): (id: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (id) => {
    const found = known.get(id) ?? find(id);
    known.set(id, found);
    return found;
  };
}

async function subjectInStore(reader: Reader, account: ServiceAccount): Promise<PolicySubject | undefined> {
  const { impersonate } = account;
  const user = impersonate === undefined ? undefined : await reader.find('directory_user', impersonate);
  return subjectOf(account, user);
}

export function subjectsInResources(resources: readonly Resource[]): FindSubject {
  const users = new Map<string, DirectoryUser>();
  const subjects = new Map<string, PolicySubject>();
  for (const { kind, spec } of resources) if (kind === 'DirectoryUser') users.set(spec.id, spec);
  for (const { kind, spec } of resources)
    if (kind === 'ServiceAccount') {
      const subject = subjectOf(
        ServiceAccount.parse({ ...spec, created_at: EPOCH }),
        spec.impersonate === undefined ? undefined : users.get(spec.impersonate),
      );
      if (subject) subjects.set(spec.id, subject);
    }
  return async (id) => subjects.get(id);
}

/** Undefined where the user for whom the account stands is gone. */
function subjectOf(account: ServiceAccount, user: DirectoryUser | undefined): Caller | undefined {
  if (account.impersonate !== undefined && user === undefined) return undefined;
  const credential = Credential.parse({
    id: 'recorded',
    account: account.id,
    purpose: 'mesh',
    issued_at: EPOCH,
  });
  return createCaller(account, credential, user);
}
