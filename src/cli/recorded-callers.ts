import { type Caller, createCaller } from '../accounts/caller.ts';
import type { DirectoryUser } from '../accounts/directory.ts';
import { Credential, ServiceAccount } from '../accounts/service-account.ts';
import type { PolicySubject } from '../policy/policy-input.ts';
import { Reader } from '../resources/reader.ts';
import type { Resource } from '../resources/resource.ts';
import type { Store } from '../store/port.ts';

/** Who an account stands for, as the directory has it now; undefined where there is no such account. */
export type FindSubject = (accountId: string) => Promise<PolicySubject | undefined>;

const EPOCH = '1970-01-01T00:00:00Z';

/** Asks the store once for each account. */
export function subjectsInStore(store: Store): FindSubject {
  const reader = new Reader(store);
  const known = new Map<string, Promise<PolicySubject | undefined>>();
  const find = async (id: string) => {
    const account = await reader.find('service_account', id);
    const user = account?.impersonate && (await reader.find('directory_user', account.impersonate));
    return account && subjectOf(account, user || undefined);
  };
  return (id) => {
    const found = known.get(id) ?? find(id);
    known.set(id, found);
    return found;
  };
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
