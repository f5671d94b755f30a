/**
 * The headers of a request, with names in lower case. A repeated header has several values if Envoy sends them apart
 * (`encode_raw_headers: true`), and otherwise one comma-joined value.
 */
export interface RequestHeaders {
  /** Values in their order. Empty if the header is absent. */
  values(name: string): readonly string[];
  /** Every header name, once. */
  names(): readonly string[];
}
