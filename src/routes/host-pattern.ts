import { HOST_NAME, type HostPattern, toLowerCase } from './host-pattern-schema.ts';

const HOST = new RegExp(`^(?:${HOST_NAME}|\\[[0-9a-f:.]+\\])$`);

/** Whether `outer` matches every host that `inner` matches. */
export function patternCovers(outer: HostPattern, inner: HostPattern): boolean {
  if (outer === '*' || outer === inner) return true;
  if (!outer.startsWith('*.') || inner === '*') return false;
  const suffix = outer.slice(1);
  return inner.startsWith('*.')
    ? inner.slice(1).endsWith(suffix)
    : inner.endsWith(suffix) && inner !== suffix;
}

/**
 * The host of a request for matching: in lower case, without port and without one trailing dot. Undefined if the text is
 * not a host with an optional port.
 */
export function normalizeHost(raw: string): string | undefined {
  if (raw.length > 261) return undefined;
  let host = toLowerCase(raw);
  const colon = host.lastIndexOf(':');
  if (colon > host.lastIndexOf(']') && isPort(host.slice(colon + 1))) host = host.slice(0, colon);
  if (host.endsWith('.')) host = host.slice(0, -1);
  return HOST.test(host) ? host : undefined;
}

/** RFC 3986 §3.2.3 allows an empty port. */
function isPort(text: string): boolean {
  return /^\d{0,5}$/.test(text) && Number(text) <= 65_535;
}

/** The patterns that match a host, the closest first: itself, each `*.suffix` from the longest, `*`. */
export function patternsMatching(host: string): HostPattern[] {
  const patterns: HostPattern[] = [host];
  if (!host.startsWith('['))
    for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1))
      patterns.push(`*${host.slice(dot)}`);
  patterns.push('*');
  return patterns;
}

/** The patterns that cover a pattern, the closest first: itself, then each wider one. */
export function patternsCovering(pattern: HostPattern): HostPattern[] {
  if (!pattern.startsWith('*')) return patternsMatching(pattern);
  return pattern === '*' ? ['*'] : [pattern, ...patternsMatching(pattern.slice(2)).slice(1)];
}
