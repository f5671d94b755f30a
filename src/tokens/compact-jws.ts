import { refuseToken, type TokenRefusal } from './token-refusal.ts';

/** Characters of the longest token that is accepted. */
export const MAX_TOKEN_LENGTH = 8192;

export type JsonObject = Readonly<Record<string, unknown>>;

/** A parsed token. Its content is untrusted until its signature is verified. */
export interface CompactJws {
  readonly header: JsonObject;
  /** Still in base64url. `parseClaims` reads it. */
  readonly payload: string;
  /** Bytes */
  readonly signatureLength: number;
}

/** RFC 7515 §7.1. `\w` is base64url without its hyphen. */
const THREE_SEGMENTS = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;

const NOT_COMPACT = refuseToken('it is not a JWS of three segments in canonical base64url');
const NO_HEADER = refuseToken('its header is not a JSON object');
const FOREIGN_HEADER = refuseToken('its header asks for an extension or brings a key of its own');
const NO_CLAIMS = refuseToken('its payload is not a JSON object');

/** Extensions that are not supported (RFC 7515 §4.1.11, RFC 7797), and keys that a token must not contain. */
const FOREIGN_MEMBERS = ['crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c'];

/** Parses a token of at most `MAX_TOKEN_LENGTH` characters: RFC 7515 §5.2 up to the signature. */
export function parseCompactJws(token: string): CompactJws | TokenRefusal {
  const [, header, payload, signature] = THREE_SEGMENTS.exec(token) ?? [];
  if (header === undefined || payload === undefined || signature === undefined) return NOT_COMPACT;
  if (!hasCanonicalEnd(header) || !hasCanonicalEnd(payload) || !hasCanonicalEnd(signature))
    return NOT_COMPACT;
  const members = decodeJsonObject(header);
  if (members === undefined) return NO_HEADER;
  if (FOREIGN_MEMBERS.some((member) => Object.hasOwn(members, member))) return FOREIGN_HEADER;
  return { header: members, payload, signatureLength: Math.floor((signature.length * 3) / 4) };
}

/** The claims of a JWS that is a JWT (RFC 7519 §7.2). */
export function parseClaims({
  payload,
}: Pick<CompactJws, 'payload'>): { readonly claims: JsonObject } | TokenRefusal {
  const claims = decodeJsonObject(payload);
  return claims === undefined ? NO_CLAIMS : { claims };
}

/**
 * Whether the unused bits of the last character are zero (RFC 4648 §3.5). Decoders ignore these bits, so otherwise
 * several texts would be the same token.
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
