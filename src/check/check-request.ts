import type { RequestHeaders } from '../credentials/request-headers.ts';

/** The request of a Check. `envoy/decode-check-request.ts` creates it. */
export interface CheckRequest {
  /** Names the request in logs and denials: `x-request-id`, or Envoy's own id. */
  readonly id: string;
  readonly method: string;
  /** As the client sent it: in any letter case, possibly with a port or a trailing dot. */
  readonly host: string;
  /** As Envoy's router sees it, with its query. */
  readonly path: string;
  readonly headers: RequestHeaders;
  /** When Envoy got the request, milliseconds since the epoch. */
  readonly time: number | undefined;
  /** The address of the direct peer, without port. */
  readonly peerAddress: string | undefined;
  /** URL-encoded PEM of the client's leaf certificate. Undefined if the client presented none. */
  readonly peerCertificate: string | undefined;
  readonly contextExtensions: Readonly<Record<string, string>>;
  /** `sallyport` of the Envoy route's metadata. */
  readonly routeMetadata: RouteMetadata | undefined;
}

export interface RouteMetadata {
  readonly namespace: string | undefined;
  readonly policies: readonly string[] | undefined;
}
