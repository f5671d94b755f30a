import { join } from 'node:path';
import protobuf from 'protobufjs';
import { z } from 'zod';
import type { Decision } from '../check/decision.ts';
import { decodeCheckRequest, type EnvoyCheckRequest } from './decode-check-request.ts';
import { createResponseEncoder, type ResponseSettings } from './encode-check-response.ts';
import { EXTERNAL_AUTH_PROTO, PROTO_FOLDER } from './proto-folder.ts';

/** A request that nobody sent, as Envoy would describe it. */
export interface RehearsedRequest {
  readonly method: string;
  readonly host: string;
  /** With its query. */
  readonly path: string;
  /** Names in any letter case; a repeated one is a repeated header. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly peerAddress: string | undefined;
  /** PEM of the client's certificate. */
  readonly peerCertificate: string | undefined;
  readonly contextExtensions: Readonly<Record<string, string>>;
}

/** What Envoy does after an answer. */
export interface RehearsedAnswer {
  /** The HTTP status that the caller gets from us; undefined where the request goes on to the upstream. */
  readonly status: number | undefined;
  /** Set on the request to the upstream, or on the denial; the assertion, a credential by itself, without its value. */
  readonly headers: readonly { readonly name: string; readonly value: string | undefined }[];
  /** Names removed before the upstream, whether the request had them or not. */
  readonly removed: readonly string[];
}

/** Speaks both sides of the protocol with nobody on the line: bytes go through the decoder and encoder that serve Envoy. */
export class CheckRehearsal {
  readonly #request: protobuf.Type;
  readonly #response: protobuf.Type;

  constructor() {
    const root = new protobuf.Root();
    root.resolvePath = (_origin, target) => join(PROTO_FOLDER, target);
    root.loadSync(EXTERNAL_AUTH_PROTO);
    this.#request = root.lookupType('envoy.service.auth.v3.CheckRequest');
    this.#response = root.lookupType('envoy.service.auth.v3.CheckResponse');
  }

  /** As the sidecar reads it. */
  request(rehearsed: RehearsedRequest): EnvoyCheckRequest {
    const { method, host, path, headers, time, peerAddress, peerCertificate, contextExtensions } = rehearsed;
    const seconds = Math.floor(time / 1000);
    return decodeCheckRequest(
      this.#request
        .encode({
          attributes: {
            source: {
              ...(peerAddress !== undefined && { address: { socketAddress: { address: peerAddress } } }),
              ...(peerCertificate !== undefined && { certificate: encodeURIComponent(peerCertificate) }),
            },
            request: {
              time: { seconds, nanos: Math.round((time - seconds * 1000) * 1e6) },
              http: {
                method,
                host,
                path,
                headerMap: {
                  headers: headers.map(([key, value]) => ({ key, rawValue: Buffer.from(value) })),
                },
              },
            },
            contextExtensions,
          },
        })
        .finish(),
    );
  }

  /** What the answer to a decision makes Envoy do. */
  answer(decision: Decision, request: EnvoyCheckRequest, settings: ResponseSettings): RehearsedAnswer {
    const bytes = createResponseEncoder(settings)(decision, request);
    const { okResponse, deniedResponse } = Response.parse(
      this.#response.toObject(this.#response.decode(bytes)),
    );
    const headers = (deniedResponse ?? okResponse)?.headers ?? [];
    return {
      status: deniedResponse?.status.code,
      headers: headers.map(({ header: { key, value } }) => ({
        name: key,
        value: key === 'x-pomerium-jwt-assertion' ? undefined : value,
      })),
      removed: okResponse?.headersToRemove ?? [],
    };
  }
}

const Headers = z
  .array(z.object({ header: z.object({ key: z.string(), value: z.string().default('') }) }))
  .default([]);
const Response = z.object({
  okResponse: z.object({ headers: Headers, headersToRemove: z.array(z.string()).default([]) }).optional(),
  deniedResponse: z.object({ status: z.object({ code: z.number() }), headers: Headers }).optional(),
});
