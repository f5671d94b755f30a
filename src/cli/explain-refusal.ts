import { OperationError } from '../contract/operation-error.ts';

/** The refusal of a server, with what to do about it. */
export function explainRefusal(error: OperationError, server: string): OperationError {
  const { code, retryAfter } = error;
  const because = error.message === '' ? '' : `: ${error.message}`;
  const explained = (detail: string) => new OperationError(code, detail, [], { cause: error });
  switch (code) {
    case 'unauthenticated':
      return explained(
        `${server} does not take the credential${because}; sign in again with: sallyport login --server ${server}`,
      );
    case 'forbidden':
      return explained(`${server} refuses this${because}; sallyport whoami says which roles you have where`);
    case 'precondition-failed':
    case 'precondition-required':
      return explained(`it was changed meanwhile${because}; read it again and try again`);
    case 'too-large':
      return explained(`this is more than ${server} takes at once: ask for less of it at a time`);
    case 'too-many-requests':
      return explained(
        `${server} is asked too much${because}; try again ${retryAfter === undefined ? 'later' : `after ${retryAfter} s`}`,
      );
    case 'unavailable':
      return explained(`${server} can't answer now${because}; try again later`);
    case 'not-found':
      return because === ''
        ? explained(`${server} has no such thing: is it an admin API, and of this version?`)
        : error;
    default:
      return because === '' ? explained(`${server} refuses the request: ${code}`) : error;
  }
}
