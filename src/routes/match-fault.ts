import type { NamespaceNode } from '../accounts/namespace-tree.ts';

/**
 * A request may belong to an unusable namespace or route of the store, so it fails. A failure is never a denial.
 */
export class MatchFault extends Error {
  override readonly name = 'MatchFault';
  /** The owner of the host. Undefined if it is unknown. */
  readonly namespace: NamespaceNode | undefined;

  constructor(problem: string, namespace?: NamespaceNode) {
    super(problem);
    this.namespace = namespace;
  }
}
