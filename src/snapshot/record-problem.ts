/**
 * A record of the store that can't be used. What a policy applies to fails, but for a shadow policy; so does what might be for
 * a route, and all that belongs to a namespace or to one below it.
 */
export interface RecordProblem {
  readonly kind: 'namespace' | 'policy' | 'route';
  readonly id: string;
  readonly problem: string;
}
