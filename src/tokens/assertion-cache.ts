import { LRUCache } from 'lru-cache';
import type { AccountId } from '../accounts/account-id.ts';
import type { Assertion, AssertionClaims, AssertionRoom, AssertionSigner } from './assertion.ts';

/** The content of an assertion. */
export interface AssertionContent {
  readonly claims: AssertionClaims;
  readonly room: AssertionRoom;
}

export interface AssertionCache {
  /**
   * The assertion for a caller, synchronous if it is cached.
   * @param caller replaced whenever the account or the user changes
   * @param key identifies the rest of the content: audience and route
   * @param content called only if an assertion is signed
   * @param now milliseconds since the epoch
   */
  assertionFor(
    caller: object,
    key: string,
    content: () => AssertionContent,
    now: number,
  ): Assertion | Promise<Assertion>;
}

export interface AssertionCacheOptions {
  readonly signer: AssertionSigner;
  /** Called for each assertion that is signed without the caller's groups. */
  readonly onGroupsLeftOut?: (caller: AccountId, groups: number) => void;
  /** Assertions kept; 8,000 by default. */
  readonly size?: number;
  /** Assertions kept for one caller, who may choose the host and so the audience; 64 by default. */
  readonly sizePerCaller?: number;
}

interface Entry {
  /** The map that holds the entry, from which eviction removes it. */
  readonly owner: Map<string, Entry>;
  readonly key: string;
  readonly generation: number;
  /** Milliseconds since the epoch. The entry is reused until half of its lifetime is over. */
  readonly from: number;
  readonly until: number;
  assertion: Assertion | Promise<Assertion>;
}

export function createAssertionCache({
  signer,
  onGroupsLeftOut,
  size = 8_000,
  sizePerCaller = 64,
}: AssertionCacheOptions): AssertionCache {
  const callers = new WeakMap<object, Map<string, Entry>>();
  const recent = new LRUCache<Entry, true>({ max: size, dispose: (_, entry) => removeEntry(entry) });

  const assertionFor: AssertionCache['assertionFor'] = (caller, key, content, now) => {
    const entries = callers.get(caller);
    const entry = entries?.get(key);
    if (
      entry !== undefined &&
      entry.generation === signer.generation &&
      now >= entry.from &&
      now < entry.until
    ) {
      recent.get(entry);
      return entry.assertion;
    }
    if (entry !== undefined) recent.delete(entry);
    return signFor(caller, key, content, now);
  };

  function signFor(
    caller: object,
    key: string,
    content: () => AssertionContent,
    now: number,
  ): Promise<Assertion> {
    const owner = callers.get(caller) ?? new Map<string, Entry>();
    callers.set(caller, owner);
    const oldest = owner.size >= sizePerCaller ? owner.values().next().value : undefined;
    if (oldest !== undefined) recent.delete(oldest);
    const generation = signer.generation;
    const from = Math.floor(now / 1000) * 1000;
    const { claims, room } = content();
    const signing = signer.sign(claims, room, now).then(
      (assertion) => {
        // The key changed meanwhile, and the JWKS endpoint may no longer serve it.
        if (generation !== signer.generation) return assertionFor(caller, key, content, now);
        entry.assertion = assertion;
        if (assertion.groupsLeftOut > 0) onGroupsLeftOut?.(claims.accountId, assertion.groupsLeftOut);
        return assertion;
      },
      (error: unknown) => {
        recent.delete(entry);
        throw error;
      },
    );
    const entry: Entry = {
      owner,
      key,
      generation,
      from,
      until: from + signer.lifetime * 500,
      assertion: signing,
    };
    owner.set(key, entry);
    recent.set(entry, true);
    return signing;
  }

  return { assertionFor };
}

function removeEntry(entry: Entry): void {
  if (entry.owner.get(entry.key) === entry) entry.owner.delete(entry.key);
}
