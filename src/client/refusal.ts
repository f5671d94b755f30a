import type { Problem } from './problem.ts';
import { RemoteError } from './remote-error.ts';

/** What a refusal is to whoever asked, and what to do about it. */
export function refusalOf(
  status: number,
  { detail, mistakes }: Problem,
  { server, retryAfter }: { readonly server: string; readonly retryAfter: string | undefined },
): RemoteError {
  const told = { detail, mistakes };
  const said = [
    detail,
    ...mistakes.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)),
  ]
    .filter((text) => text !== '')
    .join('\n');
  const because = said === '' ? '' : `: ${said}`;
  switch (status) {
    case 401:
      return new RemoteError(
        'unauthenticated',
        `${server} does not take the credential${because}; sign in again with: sallyport login --server ${server}`,
        told,
      );
    case 403:
      return new RemoteError(
        'forbidden',
        `${server} refuses this${because}; sallyport whoami says which roles you have where`,
        told,
      );
    case 404:
      return new RemoteError(
        'not-found',
        said === '' ? `${server} has no such thing: is it an admin API, and of this version?` : said,
        told,
      );
    case 409:
      return new RemoteError(
        'conflict',
        said === '' ? `${server} tells of a conflict: try again` : said,
        told,
      );
    case 412:
    case 428:
      return new RemoteError(
        'conflict',
        `it was changed meanwhile${because}; read it again and try again`,
        told,
      );
    case 413:
      return new RemoteError(
        'refused',
        `this is more than ${server} takes at once: ask for less of it at a time`,
        told,
      );
    case 429:
      return new RemoteError(
        'unavailable',
        `${server} is asked too much${because}; try again ${waitOf(retryAfter)}`,
        told,
      );
    case 400:
    case 422:
      return new RemoteError('refused', said === '' ? `${server} refuses the request` : said, told);
    case 502:
    case 503:
    case 504:
      return new RemoteError('unavailable', `${server} can't answer now${because}; try again later`, told);
    default:
      return otherRefusal(status, because, server);
  }
}

function otherRefusal(status: number, because: string, server: string): RemoteError {
  if (status >= 300 && status < 400)
    return new RemoteError(
      'nonsense',
      `${server} answers with a redirect, which is not followed: a credential goes only where it is meant to; give the address of the admin API itself`,
    );
  if (status >= 500)
    return new RemoteError('unavailable', `${server} fails with ${status}${because}; its log says why`);
  return new RemoteError('nonsense', `${server} answers ${status}${because}: is it an admin API?`);
}

function waitOf(retryAfter: string | undefined): string {
  return retryAfter !== undefined && /^\d{1,6}$/.test(retryAfter) ? `after ${retryAfter} s` : 'later';
}
