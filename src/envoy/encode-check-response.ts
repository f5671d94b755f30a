import type { Decision } from '../check/decision.ts';
import type { EnvoyCheckRequest } from './decode-check-request.ts';
import { encodeDenied } from './encode-denied.ts';
import { OkEncoder, type OkSettings } from './encode-ok.ts';

export interface ResponseSettings extends OkSettings {
  /** `realm` of the `WWW-Authenticate` challenge. */
  readonly realm: string;
}

export type EncodeCheckResponse = (decision: Decision, request: EnvoyCheckRequest) => Buffer;

/** Makes the function that turns decisions into an `envoy.service.auth.v3.CheckResponse`. Observe lets all of them through. */
export function createResponseEncoder(settings: ResponseSettings): EncodeCheckResponse {
  const ok = new OkEncoder(settings);
  return (decision, request) =>
    decision.verdict === 'deny' && decision.enforcement === 'enforce'
      ? encodeDenied(decision, request, settings.realm)
      : ok.encode(decision, request);
}
