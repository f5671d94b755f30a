import type { RequestHeaders } from '../credentials/request-headers.ts';

/** What Envoy asks about, in our own words; made by `envoy/decode.ts`. */
export interface CheckRequest {
  /** Names the request in logs and denials: `x-request-id`, or Envoy's own id. */
  readonly id: string;
  readonly method: string;
  /** As the client sent it: any case, with port or trailing dot. */
  readonly host: string;
  /** As it reaches Envoy's router, with its query. */
  readonly path: string;
  readonly headers: RequestHeaders;
  /** When Envoy got the request, milliseconds since the epoch. */
  readonly time: number | undefined;
  /** The address of the direct peer; no port. */
  readonly peerAddress: string | undefined;
  /** URL-encoded PEM of the client's leaf certificate; undefined if none was presented. */
  readonly peerCertificate: string | undefined;
  readonly contextExtensions: Readonly<Record<string, string>>;
  /** `sallyport` of the Envoy route's metadata. */
  readonly routeMetadata: RouteMetadata | undefined;
}

export interface RouteMetadata {
  readonly namespace: string | undefined;
  readonly policies: readonly string[] | undefined;
}
