import { writeSync } from 'node:fs';
import type { BufferedLogDestination } from './log-destination.ts';

/** Bytes that a pipe takes in one piece: PIPE_BUF of pipe(7). */
const MAX_LINE_BYTES = 4096;
/** Characters kept of a text in a line that is too long. */
const MAX_TEXT = 256;

/**
 * A destination that writes each line at once and in one piece, so that the lines of two processes with one standard output do not
 * mix. A line that is too long for that keeps its short fields. A line that the reader has no room for is dropped.
 * @param descriptor a file descriptor
 */
export function openLineDestination(descriptor: number): BufferedLogDestination {
  let dropped = 0;
  return {
    write(line) {
      try {
        writeSync(descriptor, Buffer.byteLength(line) <= MAX_LINE_BYTES ? line : shorten(line));
      } catch {
        dropped++;
      }
    },
    dropped: () => dropped,
    flush: () => undefined,
  };
}

function shorten(line: string): string {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== 'object' || parsed === null) return '\n';
  const kept = Object.entries(parsed)
    .filter(([, value]) => typeof value !== 'object')
    .slice(0, 10)
    .map(([name, value]) => [
      name.slice(0, 64),
      typeof value === 'string' ? value.slice(0, MAX_TEXT) : value,
    ]);
  const short = `${JSON.stringify({ ...Object.fromEntries(kept), cut: true })}\n`;
  // Escapes and other alphabets take several bytes a character.
  return Buffer.byteLength(short) <= MAX_LINE_BYTES
    ? short
    : '{"level":"error","msg":"a log line was too long","cut":true}\n';
}
