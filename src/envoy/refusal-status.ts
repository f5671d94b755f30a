import type { Deny, Refusal } from '../check/decision.ts';

/** `google.rpc.Code` */
export const UNAUTHENTICATED = 16;
const PERMISSION_DENIED = 7;

interface RefusalStatus {
  readonly http: number;
  /** `google.rpc.Code` */
  readonly grpc: number;
  /** `error` of RFC 6750 §3.1 where it has one, else a word of our own. */
  readonly error: string;
  readonly title: string;
}

/** What the client is answered for each kind of refusal. */
export const REFUSAL_STATUS: Readonly<Record<Refusal, RefusalStatus>> = {
  'host-invalid': { http: 400, grpc: PERMISSION_DENIED, error: 'invalid_request', title: 'Bad request' },
  'not-found': { http: 404, grpc: PERMISSION_DENIED, error: 'not_found', title: 'Not found' },
  'path-ambiguous': { http: 400, grpc: PERMISSION_DENIED, error: 'invalid_request', title: 'Bad request' },
  // A code of nginx's, which Pomerium uses too.
  'client-certificate': {
    http: 495,
    grpc: PERMISSION_DENIED,
    error: 'invalid_client_certificate',
    title: 'Client certificate required',
  },
  unauthenticated: {
    http: 401,
    grpc: UNAUTHENTICATED,
    error: 'invalid_token',
    title: 'Authentication required',
  },
  forbidden: { http: 403, grpc: PERMISSION_DENIED, error: 'insufficient_scope', title: 'Forbidden' },
};

/** Whether the refusal is about a credential that was sent, not about its absence. */
export function credentialFailed(decision: Deny): boolean {
  return decision.refusal === 'unauthenticated' && decision.reasons[0] !== 'user-unauthenticated';
}

/** RFC 6750 §3.1 gives no code to a request without a credential. */
export function errorCode(decision: Deny): string {
  if (decision.refusal === 'unauthenticated' && !credentialFailed(decision)) return 'unauthenticated';
  return REFUSAL_STATUS[decision.refusal].error;
}
