import type { Resource } from '../../manifests/resource.ts';
import { compilePolicy } from '../../policy/compile-policy.ts';
import { PolicyError } from '../../policy/policy-error.ts';
import { noNamespace, type ProposedChange } from './proposed-change.ts';

/** A written policy compiles, and its namespace exists. */
export function checkPolicy(policy: Resource<'Policy'>, { nextTree, report }: ProposedChange): void {
  const { namespace, ppl } = policy.spec;
  if (!nextTree.nodes.has(namespace)) report(policy, 'namespace', noNamespace(namespace));
  try {
    compilePolicy(ppl);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    for (const { path, line, column, message } of error.problems) {
      const place =
        typeof ppl === 'string' && line !== undefined ? ` (line ${line}, column ${column} of ppl)` : '';
      report(policy, path === '' ? 'ppl' : `ppl.${path}`, `${message}${place}`);
    }
  }
}
