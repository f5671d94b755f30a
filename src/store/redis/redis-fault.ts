import { systemErrorCode } from '../../files/system-error-code.ts';
import { DeadlinePassed } from '../deadline.ts';
import { StoreFormatError, StoreUnavailable } from '../port.ts';

/**
 * A fault of Redis as an error that says what to do. Our own errors pass unchanged. The library's error is never the
 * cause: it carries the command, and so records or a password.
 * @param where such as `127.0.0.1:6379`
 */
export function describeRedisFault(error: unknown, where: string): Error {
  if (error instanceof StoreFormatError || error instanceof StoreUnavailable) return error;
  if (error instanceof RangeError || error instanceof TypeError) return error;
  return new StoreUnavailable(`Redis at ${where}: ${explain(error)}`);
}

/** The code of a Redis error, such as `READONLY`; undefined for other errors. */
export function faultCode(error: unknown): string | undefined {
  const codes = [error, ...previousErrors(error)].map((each) =>
    each instanceof Error ? codeIn(each.message) : undefined,
  );
  // EXECABORT reports an aborted transaction; an earlier error has the cause.
  return codes.findLast((code) => code !== undefined && code !== 'EXECABORT') ?? codes[0];
}

/** Redis 6.2 puts the cause of a failed script after its own text: `ERR Error running script (…): @user_script:7: -OOM command …`. */
const IN_SCRIPT = /^ERR Error running script .*?@user_script:\s*\d+: -?([A-Z]{2,}) /;

function codeIn(message: string): string | undefined {
  return IN_SCRIPT.exec(message)?.[1] ?? /^[A-Z]{2,}(?=[ :]|$)/.exec(message)?.[0];
}

/** Whether the server says that another one may have to be asked. */
export function isWrongServer(error: unknown): boolean {
  const code = faultCode(error);
  return code !== undefined && WRONG_SERVER.has(code);
}

/** Whether the server refused the user name and the password, or requires them. */
export function isLoginRefused(error: unknown): boolean {
  const code = faultCode(error);
  return code === 'WRONGPASS' || code === 'NOAUTH';
}

const WRONG_SERVER = new Set([
  'READONLY',
  'MOVED',
  'ASK',
  'CLUSTERDOWN',
  'MASTERDOWN',
  'LOADING',
  'UNBLOCKED',
  'NOAUTH',
]);

function explain(error: unknown): string {
  if (error instanceof DeadlinePassed) return error.message;
  const code = faultCode(error);
  if (error instanceof Error && error.message.includes('exhausted the last possible ID')) return LAST_ID;
  const said = code === undefined ? undefined : EXPLANATIONS[code];
  if (said !== undefined) return said;
  const network = NETWORK[systemErrorCode(error) ?? ''];
  if (network !== undefined) return network;
  return error instanceof Error ? error.message.slice(0, 300).trim() : 'unknown error';
}

const LAST_ID =
  'an entry of the stream of decisions has the highest possible id, so the stream accepts no further entry: sallyport store repair starts a new one';

const EXPLANATIONS: Readonly<Record<string, string>> = {
  NOPERM: 'this Redis user may not do that: docs/redis.md has the ACL of each user',
  WRONGPASS: 'the user name or the password is wrong, or the user is switched off',
  NOAUTH: 'it asks for a password: set store.redis.username and store.redis.password_file',
  OOM: 'its memory is full (maxmemory): nothing was stored; give it more, or remove what sidecars wrote with sallyport store repair',
  READONLY: 'it is a replica, which takes no writes',
  NOREPLICAS: 'it has too few replicas in reach (min-replicas-to-write): it takes no writes',
  MISCONF: 'it refuses writes because it cannot write its snapshot to disk: see its log',
  LOADING: 'it is still reading its data from disk',
  MASTERDOWN: 'it is a replica that lost its primary',
  CLUSTERDOWN: 'its Cluster is down: too few of the primaries are in reach, or a slot has none',
  MOVED: 'the keys are on another server of the Cluster',
  ASK: 'the keys are moving to another server of the Cluster',
  TRYAGAIN: 'the keys are moving to another server of the Cluster',
  WRONGTYPE:
    'a key of ours holds something else: another program writes under the same prefix; sallyport store repair rebuilds the keys that sidecars write',
  BUSY: 'it is busy with the script of another client',
};

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'no connection in time',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host name cannot be resolved now',
};

function previousErrors(error: unknown): unknown[] {
  return error instanceof Error && 'previousErrors' in error && Array.isArray(error.previousErrors)
    ? error.previousErrors
    : [];
}
