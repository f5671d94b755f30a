import { MatchFault } from '../routes/match-fault.ts';
import { PolicyFault } from '../snapshot/policy-set.ts';
import { StoreWentBack } from '../store/open-replica.ts';
import { StoreFormatError, StoreUnavailable } from '../store/port.ts';
import { KeyFileError } from '../tokens/key-file-error.ts';
import { VerificationOverloaded } from '../tokens/verification-queue.ts';

/** Conditions outside the program. The message says what is wrong; a stack would add nothing. */
const EXPECTED = [
  StoreUnavailable,
  StoreFormatError,
  StoreWentBack,
  KeyFileError,
  PolicyFault,
  MatchFault,
  VerificationOverloaded,
];

/** An error for a log line: bounded, with its causes. */
export interface FaultDescription {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: FaultDescription;
}

const MAX_MESSAGE = 1024;
const MAX_STACK = 4096;
const MAX_CAUSES = 3;

/** Describes any thrown value by these fields only, so that no other data of an error is logged. */
export function describeFault(thrown: unknown, causes = MAX_CAUSES): FaultDescription {
  if (!(thrown instanceof Error)) return { name: 'Thrown', message: `a ${typeof thrown} was thrown` };
  const code =
    'code' in thrown && (typeof thrown.code === 'string' || typeof thrown.code === 'number')
      ? String(thrown.code)
      : undefined;
  return {
    name: thrown.name.slice(0, 64),
    message: thrown.message.slice(0, MAX_MESSAGE),
    ...(code !== undefined && { code: code.slice(0, 64) }),
    ...(thrown.stack !== undefined && !isExpected(thrown) && { stack: thrown.stack.slice(0, MAX_STACK) }),
    ...(thrown.cause !== undefined && causes > 0 && { cause: describeFault(thrown.cause, causes - 1) }),
  };
}

function isExpected(thrown: Error): boolean {
  return EXPECTED.some((kind) => thrown instanceof kind);
}
