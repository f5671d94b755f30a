import type { CheckRequest, RouteMetadata } from '../check/check-request.ts';
import { EnvoyHeaders } from './envoy-headers.ts';
import { readRouteMetadata } from './route-metadata.ts';
import { integer, lengthDelimited, WireReader } from './wire-reader.ts';

/** Bytes that are no CheckRequest, or one without the request that it should be about. */
export class NotACheckRequest extends Error {
  override readonly name = 'NotACheckRequest';
}

export interface EnvoyCheckRequest extends CheckRequest {
  readonly headers: EnvoyHeaders;
}

// Field numbers are those of proto/envoy/service/auth/v3; a test holds this file to them.
const CHECK_REQUEST = { attributes: lengthDelimited(1) } as const;
const ATTRIBUTES = {
  source: lengthDelimited(1),
  request: lengthDelimited(4),
  contextExtensions: lengthDelimited(10),
  routeMetadata: lengthDelimited(13),
} as const;
const PEER = { address: lengthDelimited(1), certificate: lengthDelimited(5) } as const;
const ADDRESS = { socketAddress: lengthDelimited(1) } as const;
const SOCKET_ADDRESS = { address: lengthDelimited(2) } as const;
const REQUEST = { time: lengthDelimited(1), http: lengthDelimited(2) } as const;
const TIMESTAMP = { seconds: integer(1), nanos: integer(2) } as const;
const HTTP = {
  id: lengthDelimited(1),
  method: lengthDelimited(2),
  headers: lengthDelimited(3),
  path: lengthDelimited(4),
  host: lengthDelimited(5),
  headerMap: lengthDelimited(13),
} as const;
const HEADER_MAP = { headers: lengthDelimited(1) } as const;
const ENTRY = { key: lengthDelimited(1), value: lengthDelimited(2) } as const;

const NO_EXTENSIONS: Readonly<Record<string, string>> = Object.freeze(Object.create(null));
const PRINTABLE = /^[\x21-\x7e]+$/;
const MAX_ID = 128;

/** What has been read so far. A message that comes in several parts adds up, as protobuf says it does. */
class Draft {
  http = false;
  id = '';
  method = '';
  path = '';
  host = '';
  readonly headers: EnvoyHeaders;
  /** Whether the headers came byte by byte (`encode_raw_headers`). */
  raw = false;
  seconds: number | undefined;
  nanos = 0;
  address = '';
  certificate = '';
  extensions: Record<string, string> | undefined;
  routeMetadata: RouteMetadata | undefined;
  constructor(bytes: Buffer) {
    this.headers = new EnvoyHeaders(bytes);
  }
}

/**
 * Reads an `envoy.service.auth.v3.CheckRequest` straight into our own type: what we don't use is stepped over, and no
 * object has keys that a client chose. The bytes must stay as they are while the request is in use.
 *
 * Throws `NotACheckRequest`, and nothing else.
 */
export function decodeCheckRequest(bytes: Uint8Array): EnvoyCheckRequest {
  const reader = new WireReader(bytes);
  const draft = new Draft(reader.bytes);
  try {
    readMessage(reader, reader.bytes.length, draft, readCheckRequestField);
  } catch (error) {
    if (error instanceof RangeError) throw new NotACheckRequest(error.message);
    throw error;
  }
  if (!draft.http) throw new NotACheckRequest('there is no attributes.request.http in it');
  return finish(draft);
}

function finish(draft: Draft): EnvoyCheckRequest {
  const { seconds, address, certificate } = draft;
  return {
    id: readableId(draft.headers.values('x-request-id')[0]) ?? readableId(draft.id) ?? '',
    method: draft.method,
    host: draft.host,
    path: draft.path.includes('!') ? pathWithEveryByte(draft) : draft.path,
    headers: draft.headers,
    time: seconds === undefined ? undefined : seconds * 1000 + Math.floor(draft.nanos / 1e6),
    peerAddress: address === '' ? undefined : address,
    peerCertificate: certificate === '' ? undefined : certificate,
    contextExtensions: draft.extensions ?? NO_EXTENSIONS,
    routeMetadata: draft.routeMetadata,
  };
}

/**
 * In `path` Envoy writes `!` for each byte that is not UTF-8, but forwards the bytes to the service. Without raw headers every
 * `!` counts as such a byte, because the two cannot be told apart.
 */
function pathWithEveryByte({ path, headers, raw }: Draft): string {
  const [original, ...others] = raw ? headers.values(':path') : [];
  return original !== undefined && others.length === 0 ? original : path.replaceAll('!', '\uFFFD');
}

/** Ids go to logs and into answers, so one that could break a line counts as none, and a long one is cut. */
function readableId(id: string | undefined): string | undefined {
  if (id === undefined) return undefined;
  const short = id.slice(0, MAX_ID);
  return PRINTABLE.test(short) ? short : undefined;
}

type ReadField = (reader: WireReader, tag: number, limit: number, draft: Draft) => void;

function readMessage(reader: WireReader, end: number, draft: Draft, readField: ReadField): void {
  while (reader.position < end) readField(reader, reader.integer(), end, draft);
  reader.expectEnd(end);
}

const readCheckRequestField: ReadField = (reader, tag, limit, draft) => {
  if (tag === CHECK_REQUEST.attributes) readMessage(reader, reader.end(limit), draft, readAttributesField);
  else reader.skip(tag, limit);
};

const readAttributesField: ReadField = (reader, tag, limit, draft) => {
  if (tag === ATTRIBUTES.request) readMessage(reader, reader.end(limit), draft, readRequestField);
  else if (tag === ATTRIBUTES.source) readMessage(reader, reader.end(limit), draft, readPeerField);
  else if (tag === ATTRIBUTES.contextExtensions) readExtension(reader, reader.end(limit), draft);
  else if (tag === ATTRIBUTES.routeMetadata)
    draft.routeMetadata = readRouteMetadata(reader, reader.end(limit)) ?? draft.routeMetadata;
  else reader.skip(tag, limit);
};

const readPeerField: ReadField = (reader, tag, limit, draft) => {
  if (tag === PEER.address) readMessage(reader, reader.end(limit), draft, readAddressField);
  else if (tag === PEER.certificate) draft.certificate = reader.text(limit);
  else reader.skip(tag, limit);
};

const readAddressField: ReadField = (reader, tag, limit, draft) => {
  if (tag === ADDRESS.socketAddress) readMessage(reader, reader.end(limit), draft, readSocketAddressField);
  else reader.skip(tag, limit);
};

const readSocketAddressField: ReadField = (reader, tag, limit, draft) => {
  if (tag === SOCKET_ADDRESS.address) draft.address = reader.text(limit);
  else reader.skip(tag, limit);
};

const readRequestField: ReadField = (reader, tag, limit, draft) => {
  if (tag === REQUEST.http) {
    draft.http = true;
    readMessage(reader, reader.end(limit), draft, readHttpField);
  } else if (tag === REQUEST.time) {
    // A timestamp of zero is an empty message.
    draft.seconds ??= 0;
    readMessage(reader, reader.end(limit), draft, readTimestampField);
  } else reader.skip(tag, limit);
};

const readTimestampField: ReadField = (reader, tag, limit, draft) => {
  if (tag === TIMESTAMP.seconds) draft.seconds = reader.signedInteger();
  else if (tag === TIMESTAMP.nanos) draft.nanos = reader.integer();
  else reader.skip(tag, limit);
};

const readHttpField: ReadField = (reader, tag, limit, draft) => {
  if (tag === HTTP.headers) draft.headers.read(reader, reader.end(limit));
  else if (tag === HTTP.path) draft.path = reader.text(limit);
  else if (tag === HTTP.host) draft.host = reader.text(limit);
  else if (tag === HTTP.method) draft.method = reader.text(limit);
  else if (tag === HTTP.id) draft.id = reader.text(limit);
  else if (tag === HTTP.headerMap) readMessage(reader, reader.end(limit), draft, readHeaderMapField);
  else reader.skip(tag, limit);
};

const readHeaderMapField: ReadField = (reader, tag, limit, draft) => {
  if (tag === HEADER_MAP.headers) {
    draft.raw = true;
    draft.headers.read(reader, reader.end(limit));
  } else reader.skip(tag, limit);
};

function readExtension(reader: WireReader, end: number, draft: Draft): void {
  let key = '';
  let value = '';
  while (reader.position < end) {
    const tag = reader.integer();
    if (tag === ENTRY.key) key = reader.text(end);
    else if (tag === ENTRY.value) value = reader.text(end);
    else reader.skip(tag, end);
  }
  reader.expectEnd(end);
  // Without a prototype, `__proto__` is a key like any other.
  draft.extensions ??= Object.create(null) as Record<string, string>;
  draft.extensions[key] = value;
}
