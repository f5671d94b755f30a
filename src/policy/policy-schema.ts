import { z } from 'zod';
import { identifier } from '../accounts/identifier-schema.ts';
import { JsonValue } from '../accounts/json-value-schema.ts';
import { NamespaceId } from '../accounts/namespace-id.ts';
import { PolicyId } from './policy-id.ts';

export const PolicyMode = z.enum(['enforce', 'shadow']);
export type PolicyMode = z.infer<typeof PolicyMode>;

/** A PPL document in a namespace. Whether `ppl` is a policy is for `compilePolicy` to say. */
export const Policy = z.strictObject({
  id: identifier(PolicyId),
  namespace: identifier(NamespaceId),
  name: z.string().max(256).default(''),
  description: z.string().max(1024).default(''),
  /** Applies to every route of its namespace and those below. */
  enforced: z.boolean().default(false),
  /** `shadow`: evaluated and logged, never decides. */
  mode: PolicyMode.default('enforce'),
  /** Shown to a caller whom the policy refuses. */
  explanation: z.string().max(2048).default(''),
  remediation: z.string().max(2048).default(''),
  /** The document, as YAML or JSON text or as the value that such text holds. */
  ppl: JsonValue,
});
export type Policy = z.infer<typeof Policy>;
