/**
 * The headers of the request of a Check. Names are lower case. A repeated header has several values where
 * Envoy sends them apart (`encode_raw_headers: true`), and one comma-joined value where it does not.
 */
export interface RequestHeaders {
  /** Values in the order they arrived; empty if the header is absent. */
  values(name: string): readonly string[];
  /** Every header name, once. */
  names(): readonly string[];
}
