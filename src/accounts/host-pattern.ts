import { z } from 'zod';

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:.]+\\])$`);

/** `api.example.com`, `*.example.com` (any number of labels in front, at least one) or `*`; lower case. */
export const HostPattern = z
  .string()
  .max(255)
  .transform((text) => text.toLowerCase())
  .refine((text) => text === '*' || HOST.test(text.startsWith('*.') ? text.slice(2) : text), {
    error: 'expected a host such as api.example.com, *.example.com or *, without port or scheme',
  });
export type HostPattern = z.infer<typeof HostPattern>;

/** Whether every host that `inner` matches is one that `outer` matches too. */
export function patternCovers(outer: HostPattern, inner: HostPattern): boolean {
  if (outer === '*' || outer === inner) return true;
  if (!outer.startsWith('*.') || inner === '*') return false;
  const suffix = outer.slice(1);
  return inner.startsWith('*.') ? inner.slice(1).endsWith(suffix) : inner.endsWith(suffix) && inner !== suffix;
}

/**
 * The host of a request as patterns see it: lower case, without port and without one trailing dot; undefined where the
 * text is no host.
 */
export function normalizeHost(raw: string): string | undefined {
  if (raw.length > 261) return undefined;
  let host = raw.toLowerCase();
  const colon = host.lastIndexOf(':');
  if (colon > host.lastIndexOf(']') && /^:\d{0,5}$/.test(host.slice(colon))) host = host.slice(0, colon);
  if (host.endsWith('.')) host = host.slice(0, -1);
  return HOST.test(host) ? host : undefined;
}

/** The patterns that match a host, closest first: itself, each `*.suffix` from the longest, `*`. */
export function patternsMatching(host: string): HostPattern[] {
  const patterns: HostPattern[] = [host];
  if (!host.startsWith('['))
    for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) patterns.push(`*${host.slice(dot)}`);
  patterns.push('*');
  return patterns;
}

/** The patterns that cover another one, closest first: itself, then each that is wider. */
export function patternsCovering(pattern: HostPattern): HostPattern[] {
  if (!pattern.startsWith('*')) return patternsMatching(pattern);
  return pattern === '*' ? ['*'] : [pattern, ...patternsMatching(pattern.slice(2)).slice(1)];
}
