import { z } from 'zod';
import { PolicyId } from '../policy/policy-id.ts';
import { HostPattern } from '../routes/host-pattern-schema.ts';
import { identifier } from './identifier-schema.ts';
import { NamespaceId } from './namespace-id.ts';

export const Enforcement = z.enum(['enforce', 'observe']);
export type Enforcement = z.infer<typeof Enforcement>;

/** The part of a namespace that an operator writes; the kind `Namespace` of `apply`. */
const fields = {
  id: identifier(NamespaceId).describe('Chosen by the operator; never changes.'),
  parent: identifier(NamespaceId)
    .optional()
    .describe('The namespace above. Absent in `global`, which is the root.'),
  name: z.string().max(256).default('').describe('A name for people.'),
  hosts: z
    .array(HostPattern)
    .max(1000)
    .optional()
    .describe(
      'Hosts that the namespace above grants to this one, which it then holds alone. Absent: those of the nearest namespace above that has some.',
    ),
  default_policies: z
    .array(identifier(PolicyId))
    .max(100)
    .default([])
    .describe('Policies that decide if no route matches.'),
  enforcement: Enforcement.optional().describe(
    '`observe`: decisions are logged and not enforced. Absent: as the nearest namespace above says; `global` enforces.',
  ),
};

export const NamespaceSpec = z.strictObject(fields).meta({
  id: 'Namespace',
  description: 'A node of the namespace tree.',
  example: { id: 'shop', parent: 'global', name: 'Shop', hosts: ['shop.example.com'], default_policies: [] },
});
export type NamespaceSpec = z.infer<typeof NamespaceSpec>;

/** A namespace as it is stored. Every resource belongs to one, except directory users and groups. */
export const Namespace = z.strictObject({
  ...fields,
  /**
   * The revision that created it. Older activity and decisions may belong to another namespace that had the id. Absent in
   * `global`, and if an older version created the namespace.
   */
  created_revision: z.int().min(1).optional(),
});
export type Namespace = z.infer<typeof Namespace>;
