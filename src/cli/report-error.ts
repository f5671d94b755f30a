import type { Writable } from 'node:stream';
import { CommanderError } from 'commander';
import { TransportError } from '../client/connection-error.ts';
import { ConfigError } from '../config/config-error.ts';
import { type OperationCode, OperationError } from '../contract/operation-error.ts';
import { ResourceError } from '../manifests/resource.ts';
import { BackupError, WrongBackup } from '../store/backup.ts';
import { StoreFormatError, StoreUnavailable } from '../store/port.ts';
import { RecordFault } from '../store/record.ts';
import { jsonText } from '../text/json-text.ts';
import { printableLines } from '../text/printable.ts';
import { KeyFileError } from '../tokens/key-file-error.ts';
import { Interrupted } from './interruptible.ts';
import { ProfileError } from './profiles/profiles.ts';
import { UnreadableFile } from './resource-files.ts';
import { UsageError } from './usage-error.ts';
import { WrongFile } from './wrong-file.ts';

/** Exit codes that scripts can tell apart. */
export const EXIT = {
  /** The request was refused, or failed unexpectedly. */
  failed: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** Concurrent writes: retry. */
  conflict: 3,
  /** The store, a key file or the admin API is unavailable. */
  unavailable: 4,
  /** SIGINT, with nothing changed. */
  interrupted: 130,
} as const;

const EXITS: Readonly<Partial<Record<OperationCode, number>>> = {
  conflict: EXIT.conflict,
  'precondition-failed': EXIT.conflict,
  'precondition-required': EXIT.conflict,
  'too-many-requests': EXIT.unavailable,
  unavailable: EXIT.unavailable,
};

/** Of any issuer. The messages of the parser repeat what was typed. */
const JWT = /eyJ[\w-]*\.[\w-]+\.[\w-]*/g;

interface Reported {
  readonly code: string;
  readonly exit: number;
  readonly problems?: readonly unknown[];
}

/** Prints an error as text or JSON and returns the exit code. */
export function reportError(stderr: Writable, error: unknown, format: 'table' | 'json'): number {
  // Help was printed: requested, or because no verb was given.
  if (error instanceof CommanderError && error.code.startsWith('commander.help'))
    return error.exitCode === 0 ? 0 : EXIT.usage;
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const message = messageOf(error).replaceAll(JWT, '…');
  const { code, exit, problems } = classify(error);
  if (format === 'json')
    stderr.write(`${jsonText({ error: { code, message, ...(problems && { problems }) } })}\n`);
  else stderr.write(`sallyport: ${printableLines(message)}\n`);
  return exit;
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof CommanderError)) return message;
  return `${message.replace(/^error: /, '')}\n(add --help for what there is)`;
}

function classify(error: unknown): Reported {
  if (error instanceof CommanderError) return { code: 'usage', exit: EXIT.usage };
  if (error instanceof ConfigError) return { code: 'config', exit: EXIT.usage, problems: error.mistakes };
  if (error instanceof ResourceError)
    return { code: 'resource', exit: EXIT.failed, problems: error.problems };
  if (error instanceof WrongFile)
    return { code: 'resource', exit: EXIT.usage, ...(error.problems && { problems: error.problems }) };
  if (error instanceof WrongBackup) return { code: 'backup', exit: EXIT.usage };
  if (error instanceof UnreadableFile) return { code: 'file', exit: EXIT.usage };
  if (error instanceof UsageError) return { code: 'usage', exit: EXIT.usage };
  if (error instanceof ProfileError) return { code: 'profile', exit: EXIT.usage };
  if (error instanceof TransportError) return { code: error.code, exit: EXIT.unavailable };
  if (error instanceof Interrupted) return { code: 'interrupted', exit: EXIT.interrupted };
  if (error instanceof BackupError) return { code: 'backup', exit: EXIT.failed };
  if (error instanceof OperationError)
    return {
      code: error.code,
      exit: EXITS[error.code] ?? EXIT.failed,
      ...(error.issues.length > 0 && { problems: error.issues }),
    };
  if (error instanceof KeyFileError) return { code: 'key-file', exit: EXIT.unavailable };
  if (error instanceof StoreUnavailable || error instanceof StoreFormatError || error instanceof RecordFault)
    return { code: 'store', exit: EXIT.unavailable };
  return { code: 'failed', exit: EXIT.failed };
}
