import { hash } from 'node:crypto';
import { BAD_SIGNATURE, namesAudience } from './claim-refusals.ts';
import { MAX_TOKEN_LENGTH, parseClaims, parseCompactJws } from './compact-jws.ts';
import { headerSegment } from './issue-token.ts';
import type { KeySource, VerificationKeys } from './key-set.ts';
import { type NativeTokenRules, readNativeToken } from './native-token.ts';
import {
  importSharedSecret,
  type PomeriumTokenRules,
  readPomeriumToken,
  refusePomeriumAfter,
} from './pomerium-token.ts';
import { TokenCache } from './token-cache.ts';
import { refuseToken, type TokenRefusal } from './token-refusal.ts';
import { refuseUntimely } from './token-times.ts';
import { VerificationQueue } from './verification-queue.ts';
import type { VerifiedToken } from './verified-token.ts';
import { type TokenCandidate, verifySignature } from './verify-signature.ts';

export type TokenVerdict = VerifiedToken | TokenRefusal;

export interface TokenVerifier {
  /**
   * Verifies a token at `now` (milliseconds since the epoch). Synchronous if the result is cached, or if the token is
   * refused before its signature is checked. Otherwise a promise, which rejects with `VerificationOverloaded` if too many
   * tokens wait.
   */
  verify(token: string, now: number): TokenVerdict | Promise<TokenVerdict>;
  /**
   * Whether a text claims to be a token for `verify`: its header is one of ours, and it names our issuer and audience.
   * Verifies nothing.
   */
  isMeantForUs(token: string): boolean;
}

export interface TokenVerifierOptions {
  readonly keys: KeySource<Pick<VerificationKeys, 'verification'>>;
  /** `iss` of every native token. */
  readonly issuer: string;
  /** `aud` of every native token: that of the mesh or of the admin API. */
  readonly audience: string;
  /** Accepts Pomerium's tokens: its shared secret (32 bytes), and the end in milliseconds since the epoch. */
  readonly pomerium?: { readonly secret: Uint8Array; readonly acceptUntil?: number };
  /** Seconds by which clocks may differ. Default: 0. */
  readonly clockTolerance?: number;
  /** Maximum seconds from `iat` to `exp` of native tokens. If set, they need an `exp`. */
  readonly maxLifetime?: number;
  /** Tokens cached. Default: 15,000. */
  readonly cacheSize?: number;
  /** Refused tokens cached. Default: 5,000. */
  readonly refusedCacheSize?: number;
  /** Signatures checked at once. Default: 2, half of Node's thread pool, which signing and files also use. */
  readonly concurrency?: number;
  /** Tokens that may wait. Default: 512. One claimed account may have an eighth of them. */
  readonly queueSize?: number;
}

/** Throws a RangeError for options that would skip a check. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { issuer, audience, clockTolerance = 0, maxLifetime, pomerium, keys } = options;
  if (!issuer) throw new RangeError('a token verifier needs an issuer');
  if (!audience) throw new RangeError('a token verifier needs an audience');
  if (keys.current.verification.size === 0 && pomerium === undefined)
    throw new RangeError('a token verifier needs a key');
  if (!(clockTolerance >= 0 && clockTolerance < Number.POSITIVE_INFINITY))
    throw new RangeError('clockTolerance must be a number of seconds');
  if (maxLifetime !== undefined && !(maxLifetime > 0))
    throw new RangeError('maxLifetime must be a number of seconds above 0');
  if (Number.isNaN(pomerium?.acceptUntil)) throw new RangeError('acceptUntil must be a time');
  return new CachingTokenVerifier(options);
}

const TOO_LONG = refuseToken(`it is longer than ${MAX_TOKEN_LENGTH} characters`);

/** The result of a signature check, with the generation of the keys. */
interface Finding {
  readonly generation: number;
  readonly known: TokenVerdict;
}

class CachingTokenVerifier implements TokenVerifier {
  readonly #keys: TokenVerifierOptions['keys'];
  readonly #native: NativeTokenRules;
  readonly #pomerium: PomeriumTokenRules | undefined;
  readonly #acceptPomeriumUntil: number;
  /** Milliseconds */
  readonly #tolerance: number;
  readonly #cache: TokenCache;
  readonly #queue: VerificationQueue;
  #headers: { readonly generation: number; readonly segments: ReadonlySet<string> } | undefined;
  /** Running signature checks by the token's digest. */
  readonly #checks = new Map<string, Promise<Finding>>();

  constructor(options: TokenVerifierOptions) {
    const { keys, issuer, audience, maxLifetime, pomerium, queueSize = 512 } = options;
    this.#keys = keys;
    this.#native = { issuer, audience, maxLifetime };
    this.#acceptPomeriumUntil = pomerium?.acceptUntil ?? Number.POSITIVE_INFINITY;
    this.#pomerium = pomerium && {
      key: importSharedSecret(pomerium.secret),
      acceptUntil: this.#acceptPomeriumUntil,
      issuer,
      audience,
    };
    this.#tolerance = (options.clockTolerance ?? 0) * 1000;
    this.#cache = new TokenCache(
      { verified: options.cacheSize ?? 15_000, refused: options.refusedCacheSize ?? 5_000 },
      keys.generation,
    );
    this.#queue = new VerificationQueue({
      concurrency: options.concurrency ?? 2,
      capacity: queueSize,
      laneCapacity: Math.ceil(queueSize / 8),
    });
  }

  verify(token: string, now: number): TokenVerdict | Promise<TokenVerdict> {
    if (token.length > MAX_TOKEN_LENGTH) return TOO_LONG;
    this.#cache.follow(this.#keys.generation);
    const digest = hash('sha256', token, 'base64');
    const known = this.#cache.get(digest);
    if (known !== undefined) return this.#checkTimes(known, digest, now);
    const check = this.#checks.get(digest);
    if (check !== undefined) return this.#conclude(check, token, digest, now);
    const candidate = this.#read(token, now);
    if ('refused' in candidate) return candidate;
    return this.#conclude(this.#startCheck(token, digest, candidate), token, digest, now);
  }

  isMeantForUs(token: string): boolean {
    const [header = '', payload = ''] = token.slice(0, MAX_TOKEN_LENGTH).split('.', 2);
    if (!this.#headerSegments().has(header)) return false;
    const parsed = parseClaims({ payload });
    if ('refused' in parsed) return false;
    const { iss, aud } = parsed.claims;
    return iss === this.#native.issuer && namesAudience(aud, this.#native.audience);
  }

  /** The header segments of tokens that the current keys sign. */
  #headerSegments(): ReadonlySet<string> {
    const { generation } = this.#keys;
    if (this.#headers?.generation !== generation) {
      const keys = [...this.#keys.current.verification.values()];
      this.#headers = { generation, segments: new Set(keys.map(headerSegment)) };
    }
    return this.#headers.segments;
  }

  #read(token: string, now: number): TokenCandidate | TokenRefusal {
    const jws = parseCompactJws(token);
    if ('refused' in jws) return jws;
    return Object.hasOwn(jws.header, 'kid')
      ? readNativeToken(jws, this.#keys.current.verification, this.#native)
      : readPomeriumToken(jws, this.#pomerium, now);
  }

  #startCheck(token: string, digest: string, candidate: TokenCandidate): Promise<Finding> {
    const generation = this.#keys.generation;
    const check = this.#queue
      .run(candidate.claimed.accountId, () => verifySignature(token, candidate))
      .then((valid) =>
        this.#remember(digest, { generation, known: valid ? candidate.claimed : BAD_SIGNATURE }),
      )
      .finally(() => this.#checks.delete(digest));
    this.#checks.set(digest, check);
    return check;
  }

  #remember(digest: string, finding: Finding): Finding {
    if (finding.generation !== this.#keys.generation) return finding;
    this.#cache.follow(finding.generation);
    if ('refused' in finding.known) this.#cache.addRefused(digest, finding.known);
    else this.#cache.addVerified(digest, finding.known);
    return finding;
  }

  async #conclude(
    check: Promise<Finding>,
    token: string,
    digest: string,
    now: number,
  ): Promise<TokenVerdict> {
    const { generation, known } = await check;
    // The keys changed meanwhile, and the signing key may be gone.
    if (generation !== this.#keys.generation) return this.verify(token, now);
    return this.#checkTimes(known, digest, now);
  }

  /** Checks what depends on the time and so cannot be cached. */
  #checkTimes(known: TokenVerdict, digest: string, now: number): TokenVerdict {
    if ('refused' in known) return known;
    const refusal =
      (known.issuance === 'pomerium' ? refusePomeriumAfter(this.#acceptPomeriumUntil, now) : undefined) ??
      refuseUntimely(known, now, this.#tolerance);
    if (refusal === undefined) return known;
    if (refusal.refused !== 'token-not-yet-valid') this.#cache.addRefused(digest, known);
    return { ...refusal, token: known };
  }
}
