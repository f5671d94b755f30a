import { LRUCache } from 'lru-cache';
import type { VerifiedToken } from '../tokens/verified-token.ts';
import { type AccountRefusal, type Caller, createCaller } from './caller.ts';
import type { DirectoryUser } from './directory.ts';
import type { Credential, ServiceAccount } from './service-account.ts';

/** A record, or the knowledge that there is none; `stale` turns true, for good, once that may have changed. */
export interface KnownRecord<T> {
  readonly value: T | undefined;
  readonly stale: boolean;
}

/** Records of one kind: `peek` answers from memory, `load` from the store. */
export interface RecordSource<T> {
  peek(id: string): KnownRecord<T> | undefined;
  load(id: string): Promise<KnownRecord<T>>;
}

export interface CallerSources {
  readonly credentials: RecordSource<Credential>;
  readonly accounts: RecordSource<ServiceAccount>;
  readonly directoryUsers: RecordSource<DirectoryUser>;
}

/** Finds who a verified token belongs to. */
export interface CallerDirectory {
  /** At once where everything is in memory; rejects where the store can't be asked. */
  resolve(token: VerifiedToken): Caller | AccountRefusal | Promise<Caller | AccountRefusal>;
}

interface Resolved {
  readonly outcome: Caller | AccountRefusal;
  /** What the outcome was worked out from: it holds as long as none of these is stale. */
  readonly from: readonly KnownRecord<unknown>[];
}

const UNKNOWN: AccountRefusal = {
  refused: 'token-revoked',
  detail: 'the credential is not known, or was deleted',
};

/**
 * Keeps callers already resolved, so that a warm Check is one look-up. A caller is an immutable value: whatever changes
 * in its account, credential or directory user makes a new one.
 */
export function createCallerDirectory(sources: CallerSources, max: number): CallerDirectory {
  const resolved = new LRUCache<string, Resolved>({ max });

  const resolveFromMemory = (credentialId: string): Resolved | Promise<unknown> => {
    const credential = sources.credentials.peek(credentialId);
    if (!credential) return sources.credentials.load(credentialId);
    if (!credential.value) return { outcome: UNKNOWN, from: [credential] };
    const account = sources.accounts.peek(credential.value.account);
    if (!account) return sources.accounts.load(credential.value.account);
    if (!account.value) return { outcome: UNKNOWN, from: [credential, account] };
    const userId = account.value.impersonate;
    if (userId === undefined)
      return { outcome: createCaller(account.value, credential.value), from: [credential, account] };
    const user = sources.directoryUsers.peek(userId);
    if (!user) return sources.directoryUsers.load(userId);
    const from = [credential, account, user];
    if (!user.value)
      return { outcome: { refused: 'account-disabled', detail: 'the user it stands for is gone' }, from };
    return { outcome: createCaller(account.value, credential.value, user.value), from };
  };

  const resolveFromStore = async (credentialId: string, loading: Promise<unknown>): Promise<Resolved> => {
    // Each load brings one of three records; a few more rounds allow for changes in between.
    for (let round = 0; round < 8; round++) {
      await loading;
      const found = resolveFromMemory(credentialId);
      if (!(found instanceof Promise)) return found;
      loading = found;
    }
    throw new Error(`the records of credential ${credentialId} change faster than they can be read`);
  };

  const keep = (credentialId: string, found: Resolved): Caller | AccountRefusal => {
    resolved.set(credentialId, found);
    return found.outcome;
  };

  return {
    resolve(token) {
      const id = token.credentialId;
      const known = resolved.get(id);
      if (known && !isStale(known)) return known.outcome;
      const found = resolveFromMemory(id);
      if (!(found instanceof Promise)) return keep(id, found);
      return resolveFromStore(id, found).then((late) => keep(id, late));
    },
  };
}

function isStale(resolved: Resolved): boolean {
  for (const record of resolved.from) if (record.stale) return true;
  return false;
}
