import type { Caller } from '../accounts/caller.ts';
import type { ReadClientCertificate } from '../policy/client-certificate-reader.ts';
import type { ClientCertificate, PolicyInput, PolicyRequest } from '../policy/policy-input.ts';
import type { RequestPath } from '../routes/request-path.ts';
import type { CheckRequest } from './check-request.ts';

export interface PolicyInputSettings {
  /** The address for `source_ip`: that of the direct peer, or the one that Envoy set in the header. */
  readonly sourceIp: 'peer' | 'x-envoy-external-address';
  readonly readClientCertificate: ReadClientCertificate;
}

/** The request as policies see it. Properties are computed on access. */
class EvaluatedRequest implements PolicyRequest {
  readonly #request: CheckRequest;
  readonly #settings: PolicyInputSettings;
  readonly #now: number;
  readonly method: string;
  readonly path: string;
  readonly time: number;

  constructor(request: CheckRequest, path: string, settings: PolicyInputSettings, now: number) {
    this.#request = request;
    this.#settings = settings;
    this.#now = now;
    this.method = request.method;
    this.path = path;
    this.time = request.time ?? now;
  }

  header(name: string): readonly string[] {
    return this.#request.headers.values(name);
  }

  get ip(): string | undefined {
    return requestAddress(this.#request, this.#settings.sourceIp);
  }

  get clientCertificate(): ClientCertificate {
    return this.#settings.readClientCertificate(this.#request.peerCertificate, this.#now);
  }
}

/**
 * The address for `source_ip`. Undefined if the request has none or several, or one that Envoy did not set. Without the
 * zone of a link-local address, which has a meaning only on Envoy's machine.
 */
export function requestAddress(
  request: CheckRequest,
  from: PolicyInputSettings['sourceIp'],
): string | undefined {
  if (from === 'peer') return withoutZone(request.peerAddress);
  // Envoy sets x-envoy-internal for clients that internal_address_config covers, and removes it for others. For those
  // clients it does not overwrite x-envoy-external-address.
  if (request.headers.values('x-envoy-internal').length > 0) return undefined;
  const values = request.headers.values('x-envoy-external-address');
  return values.length === 1 ? withoutZone(values[0]) : undefined;
}

function withoutZone(address: string | undefined): string | undefined {
  const zone = address?.indexOf('%') ?? -1;
  return zone === -1 ? address : address?.slice(0, zone);
}

/** @param now milliseconds since the epoch, for requests without a time */
export function policyInput(
  request: CheckRequest,
  path: RequestPath,
  caller: Caller | undefined,
  settings: PolicyInputSettings,
  now: number,
): PolicyInput {
  return { subject: caller, request: new EvaluatedRequest(request, path.path, settings, now) };
}
