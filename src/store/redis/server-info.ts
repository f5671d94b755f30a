import { StoreFormatError, StoreUnavailable } from '../port.ts';

const OLDEST = [6, 2] as const;

/** What `INFO` says, as far as it matters here. */
export interface ServerInfo {
  readonly version: string;
  readonly role: string;
  readonly loading: boolean;
  readonly evictionPolicy: string | undefined;
  readonly appendOnly: boolean;
  /** Replicas that are connected and in step; undefined where the server asks for none (min-replicas-to-write). */
  readonly goodReplicas: number | undefined;
}

export function parseInfo(text: string): ServerInfo {
  const fields = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return {
    version: fields.get('redis_version') ?? '',
    role: fields.get('role') ?? '',
    loading: fields.get('loading') === '1',
    evictionPolicy: fields.get('maxmemory_policy'),
    appendOnly: fields.get('aof_enabled') === '1',
    goodReplicas: countOf(fields.get('min_slaves_good_slaves')),
  };
}

function countOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/**
 * Whether a server that refuses writes because of memory or disk would accept them otherwise: it is a primary with enough
 * replicas in step. Redis checks replicas last, so the refusal does not show whether it has them.
 * @param minReplicas its min-replicas-to-write, which INFO does not contain
 */
export function wouldTakeWrites({ role, loading, goodReplicas }: ServerInfo, minReplicas: number): boolean {
  return role === 'master' && !loading && (goodReplicas === undefined || goodReplicas >= minReplicas);
}

/**
 * Throws `StoreFormatError` for a server that must not hold a store, `StoreUnavailable` for one that cannot serve now.
 * @param where such as `127.0.0.1:6379`
 */
export function checkServer(info: ServerInfo, where: string): void {
  const [major = 0, minor = 0] = info.version.split('.').map(Number);
  if (!(major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])))
    throw new StoreFormatError(
      `Redis at ${where} has version ${info.version.slice(0, 32) || 'unknown'}: at least ${OLDEST.join('.')} is needed`,
    );
  // Records have no expiry, so that the volatile policies never take one of them.
  if (info.evictionPolicy?.startsWith('allkeys'))
    throw new StoreFormatError(
      `Redis at ${where} may throw records away when its memory is full (maxmemory-policy ${info.evictionPolicy}): set it to noeviction`,
    );
  if (info.loading) throw new StoreUnavailable(`Redis at ${where}: it is still reading its data from disk`);
  if (info.role !== 'master')
    throw new StoreUnavailable(`Redis at ${where}: it is a replica: the primary is needed`);
}

/** A warning for the operator; undefined if there is nothing to report. */
export function warnOf(info: ServerInfo, where: string): string | undefined {
  return info.appendOnly
    ? undefined
    : `Redis at ${where} keeps no append-only file: what was acknowledged is lost when it stops (appendonly yes)`;
}
