import { z } from 'zod';
import { PolicyId } from '../policy/policy-id.ts';
import { HostPattern } from '../routes/host-pattern-schema.ts';
import { identifier } from './identifier-schema.ts';
import { NamespaceId } from './namespace-id.ts';

export const Enforcement = z.enum(['enforce', 'observe']);
export type Enforcement = z.infer<typeof Enforcement>;

/** The part of a namespace that an operator writes; the kind `Namespace` of `apply`. */
const fields = {
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
};

export const NamespaceSpec = z.strictObject(fields);
export type NamespaceSpec = z.infer<typeof NamespaceSpec>;

/** A node of the one tree, as it is stored; everything but directory users and groups belongs to one. */
export const Namespace = z.strictObject({
  ...fields,
  /**
   * The commit that created it. Activity and decisions from before are not its own: another namespace may have had the id.
   * Absent in `global`, and if an older version created the namespace.
   */
  created_revision: z.int().min(1).optional(),
});
export type Namespace = z.infer<typeof Namespace>;
