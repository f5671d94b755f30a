/**
 * An invalid record of the store. Requests fail if the policy applies to them (except a shadow policy), if they may
 * belong to the route, or if they belong to the namespace or one below it.
 */
export interface RecordProblem {
  readonly kind: 'namespace' | 'policy' | 'route';
  readonly id: string;
  readonly problem: string;
}
