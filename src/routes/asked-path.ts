import { MAX_PATH_MATCH } from './path-match-schema.ts';
import type { PathRegex } from './path-regex.ts';
import { LONGEST_PATH } from './regex-cost.ts';

/**
 * The path of one request. It may be looked up in one table per host pattern, so it keeps its prefixes and regex results.
 */
export class AskedPath {
  /** Percent-decoded. */
  readonly text: string;
  #prefixes: readonly string[] | undefined;
  #matched: Map<PathRegex, boolean> | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** Its prefixes that end at a segment, the longest first. */
  get prefixes(): readonly string[] {
    this.#prefixes ??= prefixesOf(this.text);
    return this.#prefixes;
  }

  /** Whether it is too long for regular expressions. */
  get isLong(): boolean {
    return this.text.length > LONGEST_PATH;
  }

  matches(regex: PathRegex): boolean {
    this.#matched ??= new Map();
    const known = this.#matched.get(regex);
    if (known !== undefined) return known;
    const matched = regex.matches(this.text);
    this.#matched.set(regex, matched);
    return matched;
  }
}

function prefixesOf(path: string): string[] {
  const prefixes: string[] = [];
  let prefix = withoutTrailingSlash(path);
  if (prefix.length > MAX_PATH_MATCH) prefix = upToSegment(prefix, MAX_PATH_MATCH);
  for (; prefix !== ''; prefix = upToSegment(prefix, prefix.length - 1)) prefixes.push(prefix);
  prefixes.push('');
  return prefixes;
}

export function withoutTrailingSlash(prefix: string): string {
  return prefix.endsWith('/') ? prefix.slice(0, -1) : prefix;
}

/** The path cut before its last slash at or before `end`. */
function upToSegment(path: string, end: number): string {
  return path.slice(0, Math.max(path.lastIndexOf('/', end), 0));
}
