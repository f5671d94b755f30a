import { pino } from 'pino';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Where lines go. */
export interface LogDestination {
  write(line: string): void;
}

/** A logger with its destination: lines are gathered and written in batches. */
export interface Logger {
  readonly pino: pino.Logger;
  readonly destination: LogDestination;
  /** Lines lost because whoever reads them did not keep up. */
  dropped(): number;
  /** Writes what was gathered, now. Also done when the process exits. */
  flush(): void;
}

const BATCH_BYTES = 16 * 1024;
const MAX_WRITE_BYTES = 64 * 1024;
const FLUSH_EVERY_MS = 100;
/** Beyond this lines are dropped: a reader that hangs must not fill the memory. */
const MAX_PENDING_BYTES = 8 * 1024 * 1024;

/**
 * JSON lines with `level` as text and `time` as RFC 3339. Nothing is redacted here: what is logged goes through
 * `logEvent` and `createDecisionLog`, which take safe fields only.
 * @param to a file descriptor, the path of a file, or a stream (tests)
 */
export function createLogger({
  level,
  to = 1,
}: {
  level: LogLevel;
  to?: number | string | LogDestination;
}): Logger {
  let dropped = 0;
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  if (typeof to === 'object')
    return { pino: pino(options, to), destination: to, dropped: () => 0, flush: () => undefined };
  const destination = pino.destination({
    dest: to,
    sync: false,
    minLength: BATCH_BYTES,
    maxWrite: MAX_WRITE_BYTES,
    maxLength: MAX_PENDING_BYTES,
    periodicFlush: FLUSH_EVERY_MS,
  });
  destination.on('drop', () => {
    dropped++;
  });
  return {
    pino: pino(options, destination),
    destination: { write: (line) => void destination.write(line) },
    dropped: () => dropped,
    flush: () => destination.flushSync(),
  };
}
