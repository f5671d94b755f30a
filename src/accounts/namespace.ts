import { z } from 'zod';
import { HostPattern } from './host-pattern.ts';
import { identifier } from './identifier-schema.ts';
import { NamespaceId } from './namespace-id.ts';
import { PolicyId } from './policy-id.ts';

export const Enforcement = z.enum(['enforce', 'observe']);
export type Enforcement = z.infer<typeof Enforcement>;

/** A node of the one tree; everything but directory users and groups belongs to one. */
export const Namespace = z.strictObject({
  id: identifier(NamespaceId),
  /** Absent for `global` alone. */
  parent: identifier(NamespaceId).optional(),
  name: z.string().max(256).default(''),
  /**
   * What the namespace above grants to this one. Absent: it shares what the nearest namespace above holds. Present: it
   * holds these, all of them taken from what that one holds, and nothing else.
   */
  hosts: z.array(HostPattern).max(1000).optional(),
  default_policies: z.array(identifier(PolicyId)).max(100).default([]),
  /** Absent: as the nearest namespace above says; `global` enforces. */
  enforcement: Enforcement.optional(),
});
export type Namespace = z.infer<typeof Namespace>;
