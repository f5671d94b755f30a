import type { Deny } from '../check/decision.ts';
import type { EnvoyCheckRequest } from './decode-check-request.ts';
import { CONTENT_TYPES, denialBody, PAGE_SECURITY_POLICY } from './denial-body.ts';
import { denialFormat } from './denial-format.ts';
import { describeDecision } from './dynamic-metadata.ts';
import { REFUSAL_STATUS, UNAUTHENTICATED } from './refusal-status.ts';
import { encodeCheckResponse, overwriteHeader } from './response-messages.ts';
import { challenge } from './www-authenticate.ts';

/** The answer that keeps a request out, with what the caller is told. */
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
