import { MAX_PATH_MATCH } from './path-match.ts';
import type { PathRegex } from './path-regex.ts';
import { LONGEST_PATH } from './regex-cost.ts';
import type { Route } from './route.ts';

/** Regular expressions decide, and the path is longer than they are asked about. */
export const PATH_TOO_LONG = Symbol('path too long');

/** The path comes to a route whose regular expression can't be used: it might be for that route. */
export interface RegexFault<R> {
  readonly unusable: R;
}

/** Routes on the same hosts, by path: exact, then longest prefix, then regex in order of ids, then those for any. */
export class PathTable<R extends { readonly route: Route }> {
  readonly #exact = new Map<string, R>();
  readonly #prefixes = new Map<string, R>();
  readonly #regexes: { readonly regex: PathRegex | undefined; readonly entry: R }[] = [];
  #longestPrefix = 0;
  #any: R | undefined;

  /**
   * Where two routes claim the same, the first one added keeps it.
   * @param regex of a route by regex; undefined where it can't be used
   */
  add(entry: R, regex: PathRegex | undefined): void {
    const match = entry.route.path;
    if (match === undefined) this.#any ??= entry;
    else if ('exact' in match) keepFirst(this.#exact, match.exact, entry);
    else if ('prefix' in match) {
      const prefix = withoutTrailingSlash(match.prefix);
      keepFirst(this.#prefixes, prefix, entry);
      this.#longestPrefix = Math.max(this.#longestPrefix, prefix.length);
    } else this.#regexes.push({ regex, entry });
  }

  /** Whether it matters what the path is. */
  get decidesByPath(): boolean {
    return this.#exact.size > 0 || this.#prefixes.size > 0 || this.#regexes.length > 0;
  }

  /** The route that needs no look at the path, where there is one. */
  get any(): R | undefined {
    return this.#any;
  }

  find(path: string): R | RegexFault<R> | typeof PATH_TOO_LONG | undefined {
    const exact = this.#exact.get(path);
    if (exact) return exact;
    const prefixed = this.#prefixes.size > 0 ? this.#findByPrefix(path) : undefined;
    if (prefixed) return prefixed;
    if (this.#regexes.length > 0 && path.length > LONGEST_PATH) return PATH_TOO_LONG;
    for (const { regex, entry } of this.#regexes) {
      if (!regex) return { unusable: entry };
      if (regex.matches(path)) return entry;
    }
    return this.#any;
  }

  #findByPrefix(path: string): R | undefined {
    for (const prefix of prefixesOf(path)) {
      const found = prefix.length <= this.#longestPrefix ? this.#prefixes.get(prefix) : undefined;
      if (found) return found;
    }
    return undefined;
  }
}

/** Of the path that was asked about last: one request may ask many tables, one for each host pattern. */
let prefixes: readonly string[] = [];
let prefixesPath = '';

/** What a path begins with up to the end of a segment, the longest first. */
function prefixesOf(path: string): readonly string[] {
  if (path === prefixesPath) return prefixes;
  const found: string[] = [];
  let prefix = withoutTrailingSlash(path);
  if (prefix.length > MAX_PATH_MATCH) prefix = upToSegment(prefix, MAX_PATH_MATCH);
  for (; prefix !== ''; prefix = upToSegment(prefix, prefix.length - 1)) found.push(prefix);
  prefixes = [...found, ''];
  prefixesPath = path;
  return prefixes;
}

function keepFirst<R>(map: Map<string, R>, key: string, entry: R): void {
  if (!map.has(key)) map.set(key, entry);
}

function withoutTrailingSlash(prefix: string): string {
  return prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
}

/** The path cut before its last slash at or before `end`. */
function upToSegment(path: string, end: number): string {
  return path.slice(0, Math.max(path.lastIndexOf('/', end), 0));
}
