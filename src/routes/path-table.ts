import { type AskedPath, withoutTrailingSlash } from './asked-path.ts';
import type { PathRegex } from './path-regex.ts';
import type { Route } from './route-schema.ts';

/** Regular expressions decide, and the path is too long for them. */
export const PATH_TOO_LONG = Symbol('path too long');

/** The path may match a route with an unusable regular expression. */
export interface RegexFault<R> {
  readonly unusable: R;
}

/** Routes on the same hosts by path: exact, then the longest prefix, then regex in order of ids, then any path. */
export class PathTable<R extends { readonly route: Route }> {
  readonly #exact = new Map<string, R>();
  readonly #prefixes = new Map<string, R>();
  readonly #regexes: { readonly regex: PathRegex | undefined; readonly entry: R }[] = [];
  #longestPrefix = 0;
  #any: R | undefined;

  /**
   * If two routes claim the same path, the first one keeps it.
   * @param regex the compiled expression of the route. Undefined if it is unusable or the route has none.
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

  /** Whether the path decides on the route. */
  get decidesByPath(): boolean {
    return this.#exact.size > 0 || this.#prefixes.size > 0 || this.#regexes.length > 0;
  }

  /** The route for any path. */
  get any(): R | undefined {
    return this.#any;
  }

  find(path: AskedPath): R | RegexFault<R> | typeof PATH_TOO_LONG | undefined {
    const exact = this.#exact.get(path.text);
    if (exact) return exact;
    const prefixed = this.#prefixes.size > 0 ? this.#findByPrefix(path) : undefined;
    if (prefixed) return prefixed;
    if (this.#regexes.length > 0 && path.isLong) return PATH_TOO_LONG;
    for (const { regex, entry } of this.#regexes) {
      if (!regex) return { unusable: entry };
      if (path.matches(regex)) return entry;
    }
    return this.#any;
  }

  #findByPrefix(path: AskedPath): R | undefined {
    for (const prefix of path.prefixes) {
      const found = prefix.length <= this.#longestPrefix ? this.#prefixes.get(prefix) : undefined;
      if (found) return found;
    }
    return undefined;
  }
}

function keepFirst<R>(map: Map<string, R>, key: string, entry: R): void {
  if (!map.has(key)) map.set(key, entry);
}
