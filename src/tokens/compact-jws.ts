import { refuseToken, type TokenRefusal } from './token-refusal.ts';

/** Characters of the longest token that counts. */
export const MAX_TOKEN_LENGTH = 8192;

export type JsonObject = Readonly<Record<string, unknown>>;

/** What a token says of itself. Nothing in it is to be believed before its signature is verified. */
export interface CompactJws {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** Bytes */
  readonly signatureLength: number;
}

/** RFC 7515 §7.1; each part is checked to be canonical apart. `\w` is base64url without its hyphen. */
const THREE_SEGMENTS = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;

const NOT_COMPACT = refuseToken('it is not a JWS of three segments in canonical base64url');
const NOT_OBJECTS = refuseToken('its header or its payload is not a JSON object');

/** The parts of a token of at most `MAX_TOKEN_LENGTH` characters. */
export function parseCompactJws(token: string): CompactJws | TokenRefusal {
  const [, header, payload, signature] = THREE_SEGMENTS.exec(token) ?? [];
  if (header === undefined || payload === undefined || signature === undefined) return NOT_COMPACT;
  if (!hasCanonicalEnd(header) || !hasCanonicalEnd(payload) || !hasCanonicalEnd(signature))
    return NOT_COMPACT;
  const headerObject = decodeJsonObject(header);
  const claims = decodeJsonObject(payload);
  if (headerObject === undefined || claims === undefined) return NOT_OBJECTS;
  return { header: headerObject, claims, signatureLength: Math.floor((signature.length * 3) / 4) };
}

/**
 * Whether the last character leaves no bit of its own over (RFC 4648 §3.5): decoders ignore such bits, and several
 * tokens would be one.
 */
function hasCanonicalEnd(segment: string): boolean {
  const last = segment.charAt(segment.length - 1);
  switch (segment.length % 4) {
    case 0:
      return true;
    case 2:
      return 'AQgw'.includes(last);
    case 3:
      return 'AEIMQUYcgkosw048'.includes(last);
    default:
      return false;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeJsonObject(segment: string): JsonObject | undefined {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(Buffer.from(segment, 'base64url')));
  } catch {
    return undefined;
  }
  return isPlainObject(value) ? value : undefined;
}

function isPlainObject(value: unknown): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !Object.hasOwn(value, '__proto__')
  );
}
