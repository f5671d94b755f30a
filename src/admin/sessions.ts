import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { VerifiedToken } from '../tokens/verified-token.ts';

export interface SessionSettings {
  /** Milliseconds from its start. */
  readonly lifetimeMs: number;
  /** Milliseconds without a request. */
  readonly idleMs: number;
  /** Which keys are in force: sessions end where they change, for the key that signed the credential may be gone. */
  generation(): number;
}

/** Somebody who signed in with a credential; all times are milliseconds since the epoch. */
export interface Session {
  /** What the credential said. The JWT itself is not kept. */
  readonly token: VerifiedToken;
  readonly startedAt: number;
  /** At the latest: the credential's own `exp` counts. */
  readonly endsAt: number;
  /** Unless it is used before. */
  readonly idleEndsAt: number;
}

export interface StartedSession {
  /** 256 random bits, which only the client keeps. */
  readonly id: string;
  readonly session: Session;
}

const MAX_SESSIONS = 2000;
/** Bounds what one account takes of `MAX_SESSIONS`. */
const MAX_SESSIONS_OF_ONE = 20;
const ID_BYTES = 32;
const ID = /^[A-Za-z0-9_-]{43}$/;

interface Kept extends Session {
  readonly generation: number;
}

/** The sessions of this process, each known by the SHA-256 of its id. */
export class Sessions {
  readonly #settings: SessionSettings;
  readonly #kept = new LRUCache<string, Kept>({ max: MAX_SESSIONS });

  constructor(settings: SessionSettings) {
    this.#settings = settings;
  }

  /** A session with an id of its own; where the account has too many, the one that was used longest ago ends. */
  start(token: VerifiedToken, now: number): StartedSession {
    const id = randomBytes(ID_BYTES).toString('base64url');
    const { lifetimeMs, generation } = this.#settings;
    const exp = token.expiresAt === undefined ? Number.POSITIVE_INFINITY : token.expiresAt * 1000;
    const endsAt = Math.min(now + lifetimeMs, exp);
    const own = [...this.#kept.entries()].filter(([, each]) => each.token.accountId === token.accountId);
    // Entries come in the order of their use, the newest first.
    for (const [digest] of own.slice(MAX_SESSIONS_OF_ONE - 1)) this.#kept.delete(digest);
    const session = this.#keep(
      digestOf(id),
      { token, startedAt: now, endsAt, generation: generation() },
      now,
    );
    return { id, session };
  }

  /** The session of that id, marked as used; undefined if it does not exist or has ended. */
  use(id: string, now: number): Session | undefined {
    if (!ID.test(id)) return undefined;
    const digest = digestOf(id);
    const kept = this.#kept.get(digest);
    if (!kept) return undefined;
    if (now >= kept.endsAt || now >= kept.idleEndsAt || kept.generation !== this.#settings.generation()) {
      this.#kept.delete(digest);
      return undefined;
    }
    return this.#keep(digest, kept, now);
  }

  end(id: string): boolean {
    return this.#kept.delete(digestOf(id));
  }

  endAll(accountId: string): number {
    const own = [...this.#kept.entries()].filter(([, { token }]) => token.accountId === accountId);
    for (const [digest] of own) this.#kept.delete(digest);
    return own.length;
  }

  #keep(digest: string, session: Omit<Kept, 'idleEndsAt'>, now: number): Session {
    const kept = { ...session, idleEndsAt: Math.min(session.endsAt, now + this.#settings.idleMs) };
    this.#kept.set(digest, kept);
    return kept;
  }
}

function digestOf(id: string): string {
  return hash('sha256', id, 'base64url');
}
