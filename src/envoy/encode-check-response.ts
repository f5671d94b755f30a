import type { Decision, Deny } from '../check/decision.ts';
import type { EnvoyCheckRequest } from './decode-check-request.ts';
import { CONTENT_TYPES, denialBody, denialFormat, PAGE_SECURITY_POLICY } from './denial-body.ts';
import { describeDecision } from './dynamic-metadata.ts';
import { OkEncoder, type OkSettings } from './encode-ok.ts';
import { credentialFailed, REFUSAL_STATUS, UNAUTHENTICATED } from './refusal-status.ts';
import { encodeCheckResponse, overwriteHeader } from './response-messages.ts';

export interface ResponseSettings extends OkSettings {
  /** `realm` of the `WWW-Authenticate` challenge. */
  readonly realm: string;
}

export type EncodeCheckResponse = (decision: Decision, request: EnvoyCheckRequest) => Buffer;

/** Makes the function that encodes decisions as an `envoy.service.auth.v3.CheckResponse`. Observe allows all of them. */
export function createResponseEncoder(settings: ResponseSettings): EncodeCheckResponse {
  const ok = new OkEncoder(settings);
  return (decision, request) =>
    decision.verdict === 'deny' && decision.enforcement === 'enforce'
      ? encodeDenied(decision, request, settings.realm)
      : ok.encode(decision, request);
}

/** The answer to a denied request. */
export function encodeDenied(decision: Deny, request: EnvoyCheckRequest, realm: string): Buffer {
  const status = REFUSAL_STATUS[decision.refusal];
  const format = denialFormat(request.headers);
  const headers = [
    overwriteHeader('content-type', CONTENT_TYPES[format]),
    overwriteHeader('cache-control', 'no-store'),
    overwriteHeader('x-content-type-options', 'nosniff'),
  ];
  if (format === 'html') headers.push(overwriteHeader('content-security-policy', PAGE_SECURITY_POLICY));
  if (status.grpc === UNAUTHENTICATED)
    headers.push(overwriteHeader('www-authenticate', challenge(decision, realm)));
  const bytes = encodeCheckResponse({
    status: { code: status.grpc, message: decision.reasons[0] ?? decision.refusal },
    deniedResponse: {
      status: { code: status.http },
      headers,
      body: denialBody(decision, request.id, format),
    },
    dynamicMetadata: describeDecision(decision),
  });
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What RFC 6750 §3 lets a quoted value hold: printable ASCII but for `"` and `\`. */
const NOT_QUOTABLE = /[^\x20-\x21\x23-\x5b\x5d-\x7e]/g;
const MAX_DESCRIPTION = 256;

/** The challenge of a 401; RFC 6750 §3. */
export function challenge(decision: Deny, realm: string): string {
  const parameters = [`realm="${quotable(realm)}"`];
  if (credentialFailed(decision)) {
    parameters.push('error="invalid_token"');
    if (decision.detail) parameters.push(`error_description="${quotable(decision.detail)}"`);
  }
  return `Bearer ${parameters.join(', ')}`;
}

function quotable(text: string): string {
  return text.slice(0, MAX_DESCRIPTION).replace(NOT_QUOTABLE, ' ');
}
