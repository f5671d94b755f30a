import { join } from 'node:path';
import protobuf from 'protobufjs';
import { EXTERNAL_AUTH_PROTO, PROTO_FOLDER } from './proto-folder.ts';

/** The messages of `external_auth.proto`. */
export const EXTERNAL_AUTH = new protobuf.Root();
EXTERNAL_AUTH.resolvePath = (_origin, target) => join(PROTO_FOLDER, target);
EXTERNAL_AUTH.loadSync(EXTERNAL_AUTH_PROTO);

const CheckResponse = EXTERNAL_AUTH.lookupType('envoy.service.auth.v3.CheckResponse');
const OkHttpResponse = EXTERNAL_AUTH.lookupType('envoy.service.auth.v3.OkHttpResponse');

/** `google.protobuf.Struct` as protobufjs takes it, of texts and numbers. */
export interface FlatStruct {
  readonly fields: Readonly<
    Record<string, { readonly stringValue: string } | { readonly numberValue: number }>
  >;
}

export interface HeaderValueOption {
  readonly header: { readonly key: string; readonly value: string };
  /** `HeaderAppendAction` by its number. */
  readonly appendAction: number;
}

export interface CheckResponseMessage {
  readonly status: { readonly code: number; readonly message?: string };
  readonly deniedResponse?: {
    readonly status: { readonly code: number };
    readonly headers: readonly HeaderValueOption[];
    readonly body: string;
  };
  readonly dynamicMetadata: FlatStruct;
}

export interface OkHttpResponseMessage {
  readonly headers: readonly HeaderValueOption[];
  readonly headersToRemove: readonly string[];
}

/** `OVERWRITE_IF_EXISTS_OR_ADD`: replaces every line that a client sent under the name. */
export function overwriteHeader(key: string, value: string): HeaderValueOption {
  return { header: { key, value }, appendAction: 2 };
}

export function encodeCheckResponse(message: CheckResponseMessage): Uint8Array {
  return CheckResponse.encode(message).finish();
}

export function encodeOkHttpResponse(message: OkHttpResponseMessage): Uint8Array {
  return OkHttpResponse.encode(message).finish();
}
