import { pino } from 'pino';
import { LineLimiter } from './line-limiter.ts';
import { type BufferedLogDestination, type LogDestination, openLogDestination } from './log-destination.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** A logger with its destination, for lines that are written past it. */
export interface Logger {
  readonly pino: pino.Logger;
  readonly destination: LogDestination;
  /** Of the lines that go through `logEvent`. */
  readonly limiter: LineLimiter;
  /** How often each event of level warn and above happened. */
  readonly problems: Map<string, number>;
  /** Batches of lines lost because their reader did not keep up. */
  dropped(): number;
  /** Writes what was gathered or counted, now. What was gathered is also written when the process exits. */
  flush(): void;
}

/**
 * JSON lines with `level` as text and `time` as RFC 3339. Nothing is redacted here: what is logged goes through
 * `logEvent` and `createDecisionLog`, which take safe fields only.
 * @param to a file descriptor, the path of a file, or a destination that takes each line as it comes (tests)
 */
export function createLogger({
  level,
  to = 1,
  fields = null,
}: {
  level: LogLevel;
  to?: number | string | LogDestination | BufferedLogDestination;
  /** In every line. */
  fields?: Readonly<Record<string, string>> | null;
}): Logger {
  const destination =
    typeof to !== 'object'
      ? openLogDestination(to)
      : 'dropped' in to
        ? to
        : { dropped: () => 0, flush: () => undefined, write: (line: string) => to.write(line) };
  const options: pino.LoggerOptions = {
    level,
    base: fields,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  const limiter = new LineLimiter();
  return {
    pino: pino(options, destination),
    destination,
    limiter,
    problems: new Map(),
    dropped: () => destination.dropped(),
    flush() {
      limiter.flush();
      destination.flush();
    },
  };
}
