import type { X509Certificate } from 'node:crypto';
import type { ClaimValue } from '../accounts/directory-schema.ts';

/** Who asks, as policies see it. */
export interface PolicySubject {
  readonly userId: string;
  /** Empty if there is none. */
  readonly email: string;
  /** What the directory knows of the subject; where that is nothing, no `groups` criterion holds, not even `exclude`. */
  readonly directoryUser: object | undefined;
  /** Ids. */
  readonly groups: readonly string[];
  readonly claims: ReadonlyMap<string, readonly ClaimValue[]>;
}

export interface ClientCertificate {
  readonly presented: boolean;
  /** Whether it is signed by the configured CA and within its times. */
  readonly valid: boolean;
  readonly leaf: X509Certificate | undefined;
}

/** A message of the Model Context Protocol. */
export interface McpMessage {
  /** As JSON-RPC has it, such as `tools/call`. */
  readonly method: string;
  /** The name of the tool that `tools/call` calls. */
  readonly tool?: string | undefined;
}

/** What is asked, as policies see it. */
export interface PolicyRequest {
  readonly method: string;
  /** Percent-decoded, without query. */
  readonly path: string;
  /** Values of a header, by its name in lower case. */
  header(name: string): readonly string[];
  /** The address that `source_ip` matches; undefined if Envoy did not say. */
  readonly ip: string | undefined;
  readonly clientCertificate: ClientCertificate;
  /** When Envoy got the request, milliseconds since the epoch. */
  readonly time: number;
  /** Absent if the request is no such message, or Envoy did not say. */
  readonly mcp?: McpMessage | undefined;
}

export interface PolicyInput {
  /** Absent if the caller is nobody that we know. */
  readonly subject: PolicySubject | undefined;
  readonly request: PolicyRequest;
}
