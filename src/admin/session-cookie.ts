import type { FastifyReply, FastifyRequest } from 'fastify';
import { API_PREFIX } from '../contract/contract.ts';

/**
 * Of this host alone, and by TLS alone (RFC 6265bis §4.1.3.2). On this machine itself, where plain HTTP is spoken, browsers
 * would not take it: there it goes by another name, and to the API alone, since cookies know no ports.
 */
const SECURE = { name: '__Host-sallyport', secure: true, path: '/' } as const;
const LOCAL = { name: 'sallyport', secure: false, path: API_PREFIX } as const;

/** Shown by scripts of our own pages: no page of another origin can set a header without asking, which is never allowed. */
export const CSRF_HEADER = 'sallyport-csrf';

/** Where session cookies go and come from. */
export class SessionCookie {
  readonly #plain: boolean;

  /** @param plain whether the listener speaks plain HTTP and only this machine can reach it */
  constructor(plain: boolean) {
    this.#plain = plain;
  }

  /** The session's id from the request; undefined if it has none. */
  read({ cookies }: FastifyRequest): string | undefined {
    return cookies[SECURE.name] ?? (this.#plain ? cookies[LOCAL.name] : undefined);
  }

  /** @param seconds until the session ends */
  set(request: FastifyRequest, reply: FastifyReply, id: string, seconds: number): void {
    const { name, secure, path } = this.#isLocal(request) ? LOCAL : SECURE;
    reply.setCookie(name, id, { secure, path, httpOnly: true, sameSite: 'strict', maxAge: seconds });
  }

  /** Takes away whatever the client showed. */
  clear({ cookies }: FastifyRequest, reply: FastifyReply): void {
    for (const { name, secure, path } of [SECURE, LOCAL])
      if (cookies[name] !== undefined)
        reply.clearCookie(name, { secure, path, httpOnly: true, sameSite: 'strict' });
  }

  /** A false `x-forwarded-proto` only makes the cookie stricter. */
  #isLocal({ headers }: FastifyRequest): boolean {
    return this.#plain && headers['x-forwarded-proto'] !== 'https';
  }
}

/**
 * Why a request with a cookie may come from a foreign page; undefined if it comes from our page or from no page.
 * https://www.w3.org/TR/fetch-metadata/, RFC 6454 §7
 */
export function describeForeign({ method, headers }: FastifyRequest): string | undefined {
  const isSafe = method === 'GET' || method === 'HEAD';
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) {
    if (site !== 'same-origin' && !(isSafe && site === 'none'))
      return 'a page of another origin cannot use a session';
  } else if (origin !== undefined && !isOriginOf(origin, host))
    return `a page of another origin cannot use a session: Origin is not that of Host`;
  if (!isSafe && headers[CSRF_HEADER] === undefined)
    return `to change something in a session takes the header ${CSRF_HEADER}`;
  return undefined;
}

/** A proxy in front may have ended TLS, so that the scheme says nothing. */
function isOriginOf(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: named } = new URL(origin);
  const own = `${protocol}//${host}`;
  return named !== '' && URL.canParse(own) && new URL(own).host === named;
}
