import { z } from 'zod';
import { defineResourceId, type Identifier } from '../accounts/identifier.ts';
import { identifier } from '../accounts/identifier-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { PolicyId } from '../policy/policy-id.ts';
import { HostPattern } from './host-pattern-schema.ts';
import { PathMatch } from './path-match-schema.ts';

export type RouteId = Identifier<'RouteId'>;
export const RouteId = defineResourceId<RouteId>();

export const Route = z
  .strictObject({
    id: identifier(RouteId).describe('Chosen by the operator; never changes.'),
    namespace: identifier(NamespaceId).describe('The namespace that it belongs to.'),
    hosts: z
      .array(HostPattern)
      .min(1)
      .max(1000)
      .optional()
      .describe('Hosts that it matches. Absent: every host that its namespace holds.'),
    path: PathMatch.optional().describe('The path that it matches. Absent: every path.'),
    policies: z
      .array(identifier(PolicyId))
      .max(100)
      .default([])
      .describe('Policies of its namespace or of one above that decide for it.'),
    encoded_slash: z
      .enum(['refuse', 'keep'])
      .default('refuse')
      .describe('`keep`: the upstream reads `%2F` as text and not as a slash.'),
    path_parameters: z
      .enum(['refuse', 'keep'])
      .optional()
      .describe(
        '`keep`: the upstream reads `;` as text. Absent: `refuse`; older sidecars do not know the field.',
      ),
  })
  .meta({
    id: 'Route',
    description:
      'What a request may belong to: hosts and a path, in a namespace, with the policies that decide.',
    example: {
      id: 'orders',
      namespace: 'shop',
      hosts: ['shop.example.com'],
      path: { prefix: '/orders' },
      policies: ['readers'],
      encoded_slash: 'refuse',
    },
  });
export type Route = z.infer<typeof Route>;
