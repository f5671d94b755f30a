import { z } from 'zod';
import type { SimulatedAnswer, SimulatedRequest, Simulation } from '../explain/simulation.ts';
import { decodeCheckRequest } from './decode-check-request.ts';
import { createResponseEncoder, type ResponseSettings } from './encode-check-response.ts';
import { ASSERTION_HEADER } from './identity-headers.ts';
import { EXTERNAL_AUTH } from './response-messages.ts';

/** Plays both sides of the protocol without a connection, through the decoder and the encoder that serve Envoy. */
export function createSimulator(settings: ResponseSettings): (simulated: SimulatedRequest) => Simulation {
  const requestType = EXTERNAL_AUTH.lookupType('envoy.service.auth.v3.CheckRequest');
  const responseType = EXTERNAL_AUTH.lookupType('envoy.service.auth.v3.CheckResponse');
  const encode = createResponseEncoder(settings);
  return (simulated) => {
    const request = decodeCheckRequest(requestType.encode(describeRequest(simulated)).finish());
    return {
      request,
      answer: (decision) => readAnswer(responseType.toObject(responseType.decode(encode(decision, request)))),
    };
  };
}

function describeRequest(simulated: SimulatedRequest): object {
  const { method, host, path, headers, time, peerAddress, peerCertificate, contextExtensions } = simulated;
  const seconds = Math.floor(time / 1000);
  const source = {
    ...(peerAddress !== undefined && { address: { socketAddress: { address: peerAddress } } }),
    ...(peerCertificate !== undefined && { certificate: encodeURIComponent(peerCertificate) }),
  };
  const headerMap = { headers: headers.map(([key, value]) => ({ key, rawValue: Buffer.from(value) })) };
  const request = {
    time: { seconds, nanos: Math.round((time - seconds * 1000) * 1e6) },
    http: { method, host, path, headerMap },
  };
  return { attributes: { source, request, contextExtensions } };
}

function readAnswer(message: object): SimulatedAnswer {
  const { okResponse, deniedResponse } = Answer.parse(message);
  const headers = (deniedResponse ?? okResponse)?.headers ?? [];
  return {
    status: deniedResponse?.status.code,
    headers: headers.map(({ header: { key, value } }) => ({
      name: key,
      value: key === ASSERTION_HEADER ? undefined : value,
    })),
    removed: okResponse?.headersToRemove ?? [],
  };
}

const Headers = z
  .array(z.object({ header: z.object({ key: z.string(), value: z.string().default('') }) }))
  .default([]);
const Answer = z.object({
  okResponse: z.object({ headers: Headers, headersToRemove: z.array(z.string()).default([]) }).optional(),
  deniedResponse: z.object({ status: z.object({ code: z.number() }), headers: Headers }).optional(),
});
