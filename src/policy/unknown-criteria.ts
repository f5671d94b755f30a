import type { CompiledCriterion } from './compile-criterion.ts';
import { CompiledPolicy } from './compiled-policy.ts';
import type { PolicyReason } from './policy-reason-schema.ts';
import { reasonOf } from './reason.ts';

/**
 * What of a request may not be known when it is judged once more. `path` is for no criterion alone, because a path may
 * also be refused for itself.
 */
export type UnknownPart = 'address' | 'certificate' | 'headers' | 'mcp' | 'path' | 'directory';

interface Unknowable {
  readonly part: UnknownPart;
  /** What the criterion may say. */
  readonly reasons: readonly PolicyReason[];
}

/** By the criterion's name; of `claim/<name>` the part before the slash. */
const UNKNOWABLE: ReadonlyMap<string, Unknowable> = new Map<string, Unknowable>([
  ['source_ip', { part: 'address', reasons: ['source-ip-ok', 'source-ip-unauthorized'] }],
  [
    'client_certificate',
    { part: 'certificate', reasons: ['client-certificate-ok', 'client-certificate-unauthorized'] },
  ],
  [
    'invalid_client_certificate',
    {
      part: 'certificate',
      reasons: ['valid-client-certificate', 'invalid-client-certificate', 'client-certificate-required'],
    },
  ],
  ['cors_preflight', { part: 'headers', reasons: ['cors-request', 'non-cors-request'] }],
  ['email', { part: 'directory', reasons: ['email-ok', 'email-unauthorized'] }],
  ['domain', { part: 'directory', reasons: ['domain-ok', 'domain-unauthorized'] }],
  ['groups', { part: 'directory', reasons: ['groups-ok', 'groups-unauthorized'] }],
  ['mcp_tool', { part: 'mcp', reasons: ['mcp-tool-match', 'mcp-tool-no-match', 'mcp-not-a-tool-call'] }],
  [
    'ssh_username_matches_email',
    { part: 'directory', reasons: ['ssh-username-ok', 'ssh-username-unauthorized'] },
  ],
  [
    'ssh_username_matches_claim',
    { part: 'directory', reasons: ['ssh-username-ok', 'ssh-username-unauthorized'] },
  ],
  ['claim', { part: 'directory', reasons: ['claim-ok', 'claim-unauthorized'] }],
]);

/** Past this many ways in which the unknown may turn out, nothing is said. */
const MAX_WAYS = 256;

/**
 * The policies as they would judge in every way in which their criteria on what is not known may turn out: without any
 * such criterion one way, themselves. Undefined where there are too many. `missing` gets to hold what is not known.
 */
export function resolveUnknown<P extends { readonly compiled: CompiledPolicy }>(
  policies: readonly P[],
  unknown: ReadonlySet<UnknownPart>,
  missing: Set<UnknownPart>,
): P[][] | undefined {
  const open = new Map<CompiledCriterion, Unknowable>();
  for (const { compiled } of policies)
    for (const criterion of compiled.clauses.flatMap(({ criteria }) => criteria)) {
      const unknowable = UNKNOWABLE.get(criterion.name.split('/')[0] ?? '');
      if (unknowable === undefined || !unknown.has(unknowable.part)) continue;
      open.set(criterion, unknowable);
      missing.add(unknowable.part);
    }
  if (open.size === 0) return [[...policies]];
  let ways: Map<CompiledCriterion, PolicyReason>[] = [new Map()];
  for (const [criterion, { reasons }] of open) {
    ways = ways.flatMap((way) => reasons.map((reason) => new Map(way).set(criterion, reason)));
    if (ways.length > MAX_WAYS) return undefined;
  }
  return ways.map((way) => policies.map((policy) => ({ ...policy, compiled: settle(policy.compiled, way) })));
}

function settle(compiled: CompiledPolicy, way: ReadonlyMap<CompiledCriterion, PolicyReason>): CompiledPolicy {
  return new CompiledPolicy(
    compiled.clauses.map((clause) => ({
      ...clause,
      criteria: clause.criteria.map((criterion) => {
        const name = way.get(criterion);
        if (name === undefined) return criterion;
        const reason = reasonOf(name);
        return { ...criterion, test: () => reason };
      }),
    })),
  );
}
