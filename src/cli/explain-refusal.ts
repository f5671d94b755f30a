import { OperationError } from '../contract/operation-error.ts';

/** Adds what to do to the refusal of a server. */
export function explainRefusal(error: OperationError, server: string): OperationError {
  const { code, retryAfter } = error;
  const because = error.message === '' ? '' : `: ${error.message}`;
  const explained = (detail: string) => new OperationError(code, detail, [], { cause: error });
  switch (code) {
    case 'unauthenticated':
      return explained(
        `${server} rejects the credential${because}; sign in again with: sallyport login --server ${server}`,
      );
    case 'forbidden':
      return explained(`${server} refuses this${because}; sallyport whoami says which roles you have where`);
    case 'precondition-failed':
    case 'precondition-required':
      return explained(`it has changed since${because}; read it again and retry`);
    case 'too-large':
      return explained(`the request is too large for ${server}: split it`);
    case 'too-many-requests':
      return explained(
        `${server} limits the rate of requests${because}; retry ${retryAfter === undefined ? 'later' : `after ${retryAfter} s`}`,
      );
    case 'unavailable':
      return explained(`${server} is unavailable${because}; retry later`);
    case 'not-found':
      return because === ''
        ? explained(`${server} does not know this resource or path: is it an admin API of this version?`)
        : error;
    default:
      return because === '' ? explained(`${server} refuses the request: ${code}`) : error;
  }
}
