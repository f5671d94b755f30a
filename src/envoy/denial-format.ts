import Negotiator from 'negotiator';
import type { RequestHeaders } from '../credentials/request-headers.ts';

export type DenialFormat = 'json' | 'html' | 'text' | 'grpc';

const FORMATS: ReadonlyMap<string, DenialFormat> = new Map([
  ['application/json', 'json'],
  ['text/html', 'html'],
  ['text/plain', 'text'],
]);
const MEDIA_TYPES = [...FORMATS.keys()];
/** A longer `Accept` is not worth reading. */
const MAX_ACCEPT = 1024;

/**
 * The form of a denial's body: what `Accept` prefers (RFC 9110 §12.5.1), JSON where it has no preference or takes none
 * of ours, and one line of text for gRPC callers, to whom Envoy hands it as the status message.
 */
export function denialFormat(headers: RequestHeaders): DenialFormat {
  if (headers.values('content-type')[0]?.toLowerCase().startsWith('application/grpc')) return 'grpc';
  const accept = headers.values('accept').join(',');
  if (accept === '' || accept.length > MAX_ACCEPT) return 'json';
  const preferred = new Negotiator({ headers: { accept } }).mediaType(MEDIA_TYPES);
  return FORMATS.get(preferred ?? '') ?? 'json';
}
