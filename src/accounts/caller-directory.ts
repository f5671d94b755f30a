import { LRUCache } from 'lru-cache';
import type { VerifiedToken } from '../tokens/verified-token.ts';
import { type AccountRefusal, type Caller, createCaller } from './caller.ts';
import type { DirectoryUser } from './directory-schema.ts';
import type { Credential, ServiceAccount } from './service-account-schema.ts';

/** A record, or undefined if the store has none. `stale` becomes true once the record may have changed. */
export interface KnownRecord<T> {
  readonly value: T | undefined;
  readonly stale: boolean;
}

/** Records of one kind. `peek` reads memory, `load` the store. */
export interface RecordSource<T> {
  peek(id: string): KnownRecord<T> | undefined;
  load(id: string): Promise<KnownRecord<T>>;
}

export interface CallerSources {
  readonly credentials: RecordSource<Credential>;
  readonly accounts: RecordSource<ServiceAccount>;
  readonly directoryUsers: RecordSource<DirectoryUser>;
}

/** Finds the caller of a verified token. */
export interface CallerDirectory {
  /** Synchronous if all records are in memory. Rejects if the store is unavailable. */
  resolve(token: VerifiedToken): Caller | AccountRefusal | Promise<Caller | AccountRefusal>;
}

interface Resolved {
  readonly outcome: Caller | AccountRefusal;
  /** The key of the presented token. */
  readonly kid: string | undefined;
  /** The records of the outcome, which is valid until one of them is stale. */
  readonly from: KnownRecord<unknown>[];
}

/** Callers kept. Others are built from the records again, in a few microseconds. */
const MAX_RESOLVED = 8_000;

const UNKNOWN: AccountRefusal = {
  refused: 'token-revoked',
  detail: 'the credential is not known, or was deleted',
};

const NOT_POMERIUMS: AccountRefusal = {
  refused: 'token-invalid',
  detail: "the account does not accept Pomerium's tokens",
};
const USER_GONE: AccountRefusal = {
  refused: 'account-disabled',
  detail: 'the user that it impersonates was deleted',
};
const USER_INACTIVE: AccountRefusal = {
  refused: 'account-disabled',
  detail: 'the user that it impersonates is not active',
};

/**
 * Caches resolved callers, so that a warm Check is one look-up. A caller is immutable: a change of its account, credential
 * or directory user creates a new one.
 */
export function createCallerDirectory(sources: CallerSources, max: number): CallerDirectory {
  const resolved = new LRUCache<string, Resolved>({ max: Math.min(max, MAX_RESOLVED) });

  const resolveFromMemory = (token: VerifiedToken): Resolved | Promise<unknown> => {
    const credential = sources.credentials.peek(token.credentialId);
    const account = sources.accounts.peek(token.accountId);
    // Load both in one round trip.
    if (!credential || !account)
      return Promise.all([
        sources.credentials.load(token.credentialId),
        sources.accounts.load(token.accountId),
      ]);
    const from: KnownRecord<unknown>[] = [credential, account];
    const { kid } = token;
    const itsAccount = account.value;
    if (!itsAccount) return { outcome: UNKNOWN, kid, from };
    const itsCredential = credential.value;
    if (!itsCredential)
      return { outcome: token.issuance === 'pomerium' ? NOT_POMERIUMS : UNKNOWN, kid, from };
    const userId = itsAccount.impersonate;
    if (userId === undefined)
      return { outcome: createCaller(itsAccount, itsCredential, undefined, kid), kid, from };
    const user = sources.directoryUsers.peek(userId);
    if (!user) return sources.directoryUsers.load(userId);
    from.push(user);
    const itsUser = user.value;
    if (!itsUser) return { outcome: USER_GONE, kid, from };
    if (!itsUser.active) return { outcome: USER_INACTIVE, kid, from };
    return { outcome: createCaller(itsAccount, itsCredential, itsUser, kid), kid, from };
  };

  const resolveFromStore = async (token: VerifiedToken, loading: Promise<unknown>): Promise<Resolved> => {
    // Two loads get all three records. Further rounds allow for changes in between.
    for (let round = 0; round < 8; round++) {
      await loading;
      const found = resolveFromMemory(token);
      if (!(found instanceof Promise)) return found;
      loading = found;
    }
    throw new Error(`the records of credential ${token.credentialId} change faster than they can be read`);
  };

  const keep = (key: string, found: Resolved): Caller | AccountRefusal => {
    resolved.set(key, found);
    return found.outcome;
  };

  return {
    resolve(token) {
      const key = keyOf(token);
      const known = resolved.get(key);
      if (known && known.kid === token.kid && !isStale(known)) return known.outcome;
      const found = resolveFromMemory(token);
      if (!(found instanceof Promise)) return keep(key, found);
      return resolveFromStore(token, found).then((late) => keep(key, late));
    },
  };
}

/** The cache key. A token of Pomerium has the id of its account, which a native token never has. */
function keyOf({ issuance, credentialId, accountId }: VerifiedToken): string {
  return issuance === 'pomerium' ? `pomerium ${accountId}` : credentialId;
}

function isStale(resolved: Resolved): boolean {
  for (const record of resolved.from) if (record.stale) return true;
  return false;
}
