import { z } from 'zod';
import { identifier } from '../accounts/identifier-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { PolicyId } from '../policy/policy-id.ts';
import { HostPattern } from './host-pattern-schema.ts';
import { PathMatch } from './path-match-schema.ts';
import { RouteId } from './route-id.ts';

/** What a request may belong to: hosts and a path, in a namespace, with the policies that judge it. */
export const Route = z.strictObject({
  id: identifier(RouteId),
  namespace: identifier(NamespaceId),
  /** Absent: every host that its namespace holds. */
  hosts: z.array(HostPattern).min(1).max(1000).optional(),
  /** Absent: every path. */
  path: PathMatch.optional(),
  policies: z.array(identifier(PolicyId)).max(100).default([]),
  /** `keep`: the upstream reads `%2F` as text, not as a slash, so it need not be refused. */
  encoded_slash: z.enum(['refuse', 'keep']).default('refuse'),
  /** `keep`: the upstream reads `;` as text, and cuts nothing off. Absent: `refuse`; older sidecars do not know the field. */
  path_parameters: z.enum(['refuse', 'keep']).optional(),
});
export type Route = z.infer<typeof Route>;
