import { systemErrorCode } from '../files/system-error-code.ts';

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there: is it running, and is that its admin.listen?',
  ENOENT: 'there is no such socket: is it running, and is that its admin.listen?',
  EACCES: 'this user may not use the socket: run this as its user, or one of its group',
  ENOTFOUND: 'the name is not known: is it spelt right?',
  EAI_AGAIN: 'the name lookup failed: does DNS work here?',
  EHOSTUNREACH: 'there is no way to it from here',
  ENETUNREACH: 'there is no way to it from here',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  UND_ERR_SOCKET: 'it closed the connection',
  EPROTO: 'the server does not offer TLS, or no supported version',
  CERT_HAS_EXPIRED: 'its certificate has expired: it needs a new one',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: are the clocks right?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name: use a name that is in the certificate',
};

/** Node's codes for a certificate without a trusted issuer. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
]);

/** @param connected whether the server may have read the request */
export function describeConnectionError(
  error: unknown,
  server: string,
  connected: boolean,
  limits: { readonly connectMs: number; readonly bytes: number },
): TransportError {
  const code = systemErrorCode(error) ?? '';
  if (UNTRUSTED.has(code))
    return new TransportError(
      'unavailable',
      `${server} can't be trusted (${code}): name the certificates that sign its own with --ca FILE`,
    );
  if (code.startsWith('HPE_'))
    return new TransportError(
      'unexpected-response',
      `${server} does not answer in HTTP (${code}): is it an admin API, and is it https?`,
    );
  switch (code) {
    case 'UND_ERR_CONNECT_TIMEOUT':
      return new TransportError(
        'unavailable',
        `${server} takes no connection within ${limits.connectMs / 1000} s: is it reachable from here?`,
      );
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return new TransportError(
        'unexpected-response',
        `the answer of ${server} is larger than ${limits.bytes} bytes: ask for less, such as one --namespace`,
      );
  }
  const reason =
    REASONS[code.startsWith('ERR_SSL_') ? 'EPROTO' : code] ??
    (code === '' ? 'the connection failed' : `the connection failed with ${code}`);
  return new TransportError(
    'unavailable',
    connected ? `${server} did not answer: ${reason}` : `${server} can't be reached: ${reason}`,
  );
}

/** `unavailable` may change later; `unexpected-response` is an answer that no admin API of this version gives. */
type TransportCode = 'unavailable' | 'unexpected-response';

/** A server that is unreachable or not an admin API. The message says what to do and contains no credential. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: TransportCode;
  constructor(code: TransportCode, message: string) {
    super(message);
    this.code = code;
  }
}
