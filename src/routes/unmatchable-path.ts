import type { PathMatch } from './path-match-schema.ts';
import { estimateRegexCost } from './regex-cost.ts';
import { type PathReading, readRequestPath, UNKEPT, unkeptPart } from './request-path.ts';

/**
 * Why no request can match a route's path, or why it hardly means what it says; undefined otherwise. The path is put through the
 * reader of requests, so that the two agree on what is ambiguous. Of a regex, only the text that every match begins with is known.
 */
export function unmatchablePath(match: PathMatch, route: PathReading): string | undefined {
  if ('regex' in match) {
    const { beginning } = estimateRegexCost(match.regex);
    // The last segment may go on: `/x/..` may become `/x/..y`.
    return beginning === '' ? undefined : unreadablePath(`${beginning}_`, route);
  }
  const path = 'prefix' in match ? match.prefix : match.exact;
  if (path.includes('*'))
    return '"*" is not a wildcard in a path: a prefix covers everything below it, and {regex: expression} takes a pattern';
  return unreadablePath(path, route);
}

function unreadablePath(path: string, route: PathReading): string | undefined {
  const raw = encodePath(path);
  if (raw === undefined) return 'no request can hold it: it is not valid Unicode';
  const read = readRequestPath(raw);
  if (read.ambiguous !== undefined) return `no request matches it: ${read.ambiguous}`;
  const unkept = unkeptPart(read, route);
  if (unkept !== undefined)
    return `no request matches it: ${UNKEPT[unkept]}, and the route does not say "${unkept}: keep"`;
  return read.path === path ? undefined : 'no request matches it: paths are compared decoded';
}

/** The path as a client would send it: decoding gives it back, with each `%2F` as it is. */
function encodePath(path: string): string | undefined {
  try {
    return path
      .split('%2F')
      .map((part) => part.split('/').map(encodeURIComponent).join('/'))
      .join('%2F');
  } catch {
    return undefined;
  }
}
