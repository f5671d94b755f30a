import { pino } from 'pino';

/** Where lines go. */
export interface LogDestination {
  write(line: string): void;
}

/** A destination that gathers lines and writes them in batches, off the event loop. */
export interface BufferedLogDestination extends LogDestination {
  /** Batches lost because their reader did not keep up. */
  dropped(): number;
  /** Writes what was gathered, now. Also done when the process exits. */
  flush(): void;
}

const BATCH_LENGTH = 16 * 1024;
const MAX_WRITE_BYTES = 256 * 1024;
const GATHER_MS = 100;
/** Beyond this, batches are dropped: a reader that hangs must not fill the memory. */
const MAX_PENDING_BYTES = 8 * 1024 * 1024;

/** @param to a file descriptor or the path of a file */
export function openLogDestination(to: number | string): BufferedLogDestination {
  // Gathered here, because sonic-boom (pino's writer) measures its whole buffer at every line.
  const writer = pino.destination({
    dest: to,
    sync: false,
    maxLength: MAX_PENDING_BYTES,
    maxWrite: MAX_WRITE_BYTES,
  });
  let gathered = '';
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;
  writer.on('drop', () => {
    dropped++;
  });
  const handOver = () => {
    clearTimeout(timer);
    timer = undefined;
    const batch = gathered;
    gathered = '';
    if (batch !== '') writer.write(batch);
  };
  const flush = () => {
    handOver();
    writer.flushSync();
  };
  // Before the writer's own, after which nothing is written any more.
  process.prependListener('exit', flush);
  return {
    write(line) {
      gathered += line;
      if (gathered.length >= BATCH_LENGTH) handOver();
      else timer ??= setTimeout(handOver, GATHER_MS).unref();
    },
    dropped: () => dropped,
    flush,
  };
}
