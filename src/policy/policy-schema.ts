import { z } from 'zod';
import { identifier } from '../accounts/identifier-schema.ts';
import { JsonValue } from '../accounts/json-value-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { PolicyId } from './policy-id.ts';

export const PolicyMode = z.enum(['enforce', 'shadow']);
export type PolicyMode = z.infer<typeof PolicyMode>;

export const PplDocument = JsonValue.meta({
  id: 'PplDocument',
  description: 'A policy in the Pomerium Policy Language, as the value of its YAML or JSON or as text.',
  example: { allow: { and: [{ user: 'report' }] } },
});

/** A PPL document in a namespace. `compilePolicy` checks `ppl`. */
export const Policy = z
  .strictObject({
    id: identifier(PolicyId).describe('Chosen by the operator; never changes.'),
    namespace: identifier(NamespaceId).describe('The namespace that it belongs to.'),
    name: z.string().max(256).default('').describe('A name for people.'),
    description: z.string().max(1024).default('').describe('What it is for.'),
    enforced: z
      .boolean()
      .default(false)
      .describe('Applies to every route of its namespace and of those below it.'),
    mode: PolicyMode.default('enforce').describe('`shadow`: evaluated and logged, but never decides.'),
    explanation: z.string().max(2048).default('').describe('Shown to a caller whom the policy refuses: why.'),
    remediation: z
      .string()
      .max(2048)
      .default('')
      .describe('Shown to a caller whom the policy refuses: what to do about it.'),
    ppl: PplDocument,
  })
  .meta({
    id: 'Policy',
    description: 'A PPL document in a namespace.',
    example: {
      id: 'readers',
      namespace: 'shop',
      name: 'Readers',
      description: '',
      enforced: false,
      mode: 'enforce',
      explanation: 'Only the report service may read orders.',
      remediation: 'Ask the shop team.',
      ppl: { allow: { and: [{ user: 'report' }] } },
    },
  });
export type Policy = z.infer<typeof Policy>;
