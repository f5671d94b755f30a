import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { decodeCheckRequest, type EnvoyCheckRequest } from '../../src/envoy/decode-check-request.ts';
import { EXTERNAL_AUTH_PROTO, PROTO_FOLDER } from '../../src/envoy/proto-folder.ts';

const root = new protobuf.Root();
root.resolvePath = (_origin, target) => join(PROTO_FOLDER, target);
root.loadSync(EXTERNAL_AUTH_PROTO);
const CheckRequestType = root.lookupType('envoy.service.auth.v3.CheckRequest');
const CheckResponseType = root.lookupType('envoy.service.auth.v3.CheckResponse');

/** A CheckRequest by protobufjs, from the definitions in `proto/`. */
export function checkRequestBytes(message: object): Buffer {
  return Buffer.from(CheckRequestType.encode(CheckRequestType.fromObject(message)).finish());
}

export function checkRequestOf(headers: Record<string, string> = {}, http: object = {}): EnvoyCheckRequest {
  return decodeCheckRequest(
    httpRequestBytes({ method: 'GET', path: '/', host: 'api.example.com', headers, ...http }),
  );
}

export function httpRequestBytes(http: object): Buffer {
  return checkRequestBytes({ attributes: { request: { http } } });
}

/** A CheckResponse in plain words. */
export interface Answer {
  readonly code: number;
  readonly message: string;
  /** Of the OK, or of the denial. */
  readonly headers: Readonly<Record<string, string>>;
  readonly removed: readonly string[];
  readonly metadata: Readonly<Record<string, string | number>>;
  /** 0 for an OK. */
  readonly httpStatus: number;
  readonly body: string;
}

interface ResponseObject {
  status: { code: number; message: string };
  deniedResponse?: { status: { code: number }; headers: Option[]; body: string };
  okResponse?: { headers: Option[]; headersToRemove: string[] };
  dynamicMetadata: { fields: Record<string, { stringValue?: string; numberValue?: number }> };
}
interface Option {
  header: { key: string; value: string };
  appendAction: string;
}

export function readAnswer(bytes: Uint8Array): Answer {
  const object = CheckResponseType.toObject(CheckResponseType.decode(bytes), {
    defaults: true,
    enums: String,
    arrays: true,
  });
  const { status, deniedResponse: denied, okResponse: ok, dynamicMetadata } = object as ResponseObject;
  const options = denied?.headers ?? ok?.headers ?? [];
  for (const option of options)
    if (option.appendAction !== 'OVERWRITE_IF_EXISTS_OR_ADD')
      throw new Error(`${option.header.key} would be added to a client's own`);
  return {
    code: status.code,
    message: status.message,
    headers: Object.fromEntries(options.map(({ header }) => [header.key, header.value])),
    removed: ok?.headersToRemove ?? [],
    metadata: Object.fromEntries(
      Object.entries(dynamicMetadata.fields).map(([key, value]) => [
        key,
        value.stringValue ?? value.numberValue ?? '',
      ]),
    ),
    httpStatus: denied?.status.code ?? 0,
    body: denied?.body ?? '',
  };
}

const FIXTURES = fileURLToPath(new URL('../fixtures/check-requests/', import.meta.url));

/** What a client sent for a recorded CheckRequest; `scripts/record-check-requests.ts` wrote it. */
export interface Sent {
  readonly about: string;
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  readonly address?: string;
  readonly tls?: boolean;
  readonly headers?: readonly (readonly [string, string])[];
  readonly contextExtensions?: Readonly<Record<string, string>>;
  readonly routeMetadata?: { readonly namespace: string; readonly policies: readonly string[] };
}

export function readFixture(name: string): { bytes: Buffer; sent: Sent } {
  return {
    bytes: readFileSync(join(FIXTURES, `${name}.bin`)),
    sent: JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), 'utf8')) as Sent,
  };
}
