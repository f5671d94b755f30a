import type { X509Certificate } from 'node:crypto';
import type { ClaimValue } from '../accounts/directory-schema.ts';

/** The caller, as policies see it. */
export interface PolicySubject {
  readonly userId: string;
  /** Empty if there is no email. */
  readonly email: string;
  /** The subject's directory record. Without one no `groups` criterion holds, not even `exclude`. */
  readonly directoryUser: object | undefined;
  /** Ids. */
  readonly groups: readonly string[];
  readonly claims: ReadonlyMap<string, readonly ClaimValue[]>;
}

export interface ClientCertificate {
  readonly presented: boolean;
  /** Whether a configured CA signed it and it has not expired. */
  readonly valid: boolean;
  readonly leaf: X509Certificate | undefined;
}

/** A message of the Model Context Protocol. */
export interface McpMessage {
  /** The JSON-RPC method, such as `tools/call`. */
  readonly method: string;
  /** The name of the tool, for `tools/call`. */
  readonly tool?: string | undefined;
}

/** The request, as policies see it. */
export interface PolicyRequest {
  readonly method: string;
  /** Percent-decoded, without query. */
  readonly path: string;
  /** Values of a header, by its name in lower case. */
  header(name: string): readonly string[];
  /** The address that `source_ip` matches. Undefined if Envoy did not send it. */
  readonly ip: string | undefined;
  readonly clientCertificate: ClientCertificate;
  /** When Envoy got the request, milliseconds since the epoch. */
  readonly time: number;
  /** Absent if the request is not an MCP message, or Envoy did not send its metadata. */
  readonly mcp?: McpMessage | undefined;
}

export interface PolicyInput {
  /** Undefined if the caller is not authenticated. */
  readonly subject: PolicySubject | undefined;
  readonly request: PolicyRequest;
}
