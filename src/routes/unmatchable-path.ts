import type { PathMatch } from './path-match-schema.ts';
import { estimateRegexCost } from './regex-cost.ts';
import { type PathReading, readRequestPath, UNKEPT, unkeptPart } from './request-path.ts';

/**
 * Why no request can match a route's path, or why it is probably a mistake. Undefined otherwise. Reads the path as a
 * request's path, so that both agree on what is ambiguous. Of a regex, only the beginning of every match is checked.
 */
export function unmatchablePath(match: PathMatch, route: PathReading): string | undefined {
  if ('regex' in match) {
    const { beginning } = estimateRegexCost(match.regex);
    // The last segment may continue: `/x/..` may become `/x/..y`.
    return beginning === '' ? undefined : unreadablePath(`${beginning}_`, route);
  }
  const path = 'prefix' in match ? match.prefix : match.exact;
  if (path.includes('*'))
    return '"*" is not a wildcard in a path: a prefix covers everything below it, and {regex: expression} takes a pattern';
  return unreadablePath(path, route);
}

function unreadablePath(path: string, route: PathReading): string | undefined {
  const raw = encodePath(path);
  if (raw === undefined) return 'no request can contain it: it is not valid Unicode';
  const read = readRequestPath(raw);
  if (read.ambiguous !== undefined) return `no request matches it: ${read.ambiguous}`;
  const unkept = unkeptPart(read, route);
  if (unkept !== undefined)
    return `no request matches it: ${UNKEPT[unkept]}, and the route does not say "${unkept}: keep"`;
  return read.path === path ? undefined : 'no request matches it: paths are compared decoded';
}

/** Encodes the path as a client would. Decoding restores it, with each `%2F` unchanged. */
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
