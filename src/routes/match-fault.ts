import type { NamespaceNode } from '../accounts/namespace-tree.ts';

/**
 * What a request belongs to can't be told, because a stored namespace or route can't be used: the request fails, since it
 * might belong there. A failure is never a denial.
 */
export class MatchFault extends Error {
  override readonly name = 'MatchFault';
  /** The namespace that holds the host; undefined if that can't be told. */
  readonly namespace: NamespaceNode | undefined;

  constructor(problem: string, namespace?: NamespaceNode) {
    super(problem);
    this.namespace = namespace;
  }
}
