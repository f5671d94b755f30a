import { RE2JS } from 're2js';
import type { Route } from './route.ts';

/** Routes on the same hosts, by path: exact, then longest prefix, then regex in order of ids, then those for any. */
export class PathTable<R extends { readonly route: Route }> {
  readonly #exact = new Map<string, R>();
  readonly #prefixes = new Map<string, R>();
  readonly #regexes: { readonly matches: (path: string) => boolean; readonly entry: R }[] = [];
  #longestPrefix = 0;
  #any: R | undefined;

  /** Where two routes claim the same, the first one added keeps it. */
  add(entry: R): void {
    const match = entry.route.path;
    if (match === undefined) this.#any ??= entry;
    else if ('exact' in match) keepFirst(this.#exact, match.exact, entry);
    else if ('prefix' in match) {
      const prefix = withoutTrailingSlash(match.prefix);
      keepFirst(this.#prefixes, prefix, entry);
      this.#longestPrefix = Math.max(this.#longestPrefix, prefix.length);
    } else {
      const expression = RE2JS.compile(match.regex);
      this.#regexes.push({ matches: (path) => expression.matches(path), entry });
    }
  }

  /** Whether it matters what the path is. */
  get decidesByPath(): boolean {
    return this.#exact.size > 0 || this.#prefixes.size > 0 || this.#regexes.length > 0;
  }

  /** The route that needs no look at the path, where there is one. */
  get any(): R | undefined {
    return this.#any;
  }

  find(path: string): R | undefined {
    const exact = this.#exact.get(path);
    if (exact) return exact;
    const prefixed = this.#prefixes.size > 0 ? this.#findByPrefix(path) : undefined;
    if (prefixed) return prefixed;
    for (const { matches, entry } of this.#regexes) if (matches(path)) return entry;
    return this.#any;
  }

  #findByPrefix(path: string): R | undefined {
    const whole = withoutTrailingSlash(path);
    let prefix = whole.length <= this.#longestPrefix ? whole : upToSegment(whole, this.#longestPrefix);
    for (;;) {
      const found = this.#prefixes.get(prefix);
      if (found || prefix === '') return found;
      prefix = upToSegment(prefix, prefix.length - 1);
    }
  }
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
