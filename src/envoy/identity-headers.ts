import { OWN_HEADERS } from '../credentials/header-schemes.ts';

/** Carries the assertion to the upstream. */
export const ASSERTION_HEADER = 'x-pomerium-jwt-assertion';

/** Our header names that no upstream receives. */
export const NEVER_FORWARDED: readonly string[] = [
  ...OWN_HEADERS.map(({ header }) => header),
  'x-pomerium-jwt-assertion-for',
];

/** What a header takes of a request in HTTP/1.1: name, colon, space, value, CRLF. */
export function headerBytes(name: string, value: string): number {
  return name.length + Buffer.byteLength(value) + 4;
}

const PREFIX = 'x-pomerium-';
const CLAIM_PREFIX = 'x-pomerium-claim-';
const X = 'x'.charCodeAt(0);

/**
 * Finds headers with which a client could forge an identity: claim headers that are not configured, and any identity header
 * spelled with `_`, which some upstreams read as `-`. Every answer sets or removes the assertion, the configured claim headers
 * and `NEVER_FORWARDED` by name, so these are not reported.
 */
export class ForgedHeaders {
  readonly #known: ReadonlySet<string>;
  /** Configured claim headers may have any name; mostly they have ours, and then the prefix alone sorts out the rest. */
  readonly #onlyOurPrefix: boolean;

  /** @param claimHeaders the configured ones, lower case */
  constructor(claimHeaders: readonly string[]) {
    this.#known = new Set([ASSERTION_HEADER, ...NEVER_FORWARDED, ...claimHeaders]);
    this.#onlyOurPrefix = claimHeaders.every((name) => name.startsWith(PREFIX));
  }

  /** Those of the names, in lower case, that must not reach the upstream; undefined where there are none. */
  find(names: readonly string[]): string[] | undefined {
    let forged: Set<string> | undefined;
    for (const name of names) {
      if (this.#onlyOurPrefix && name.charCodeAt(0) !== X) continue;
      if (this.#isForged(name)) forged = (forged ?? new Set()).add(name);
    }
    return forged && [...forged];
  }

  #isForged(name: string): boolean {
    if (!name.includes('_')) return name.startsWith(CLAIM_PREFIX) && !this.#known.has(name);
    const read = name.replaceAll('_', '-');
    return read.startsWith(CLAIM_PREFIX) || this.#known.has(read);
  }
}
