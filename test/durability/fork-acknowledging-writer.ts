import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface AcknowledgingWriter {
  readonly process: ChildProcess;
  /** Every line that it printed so far. */
  readonly lines: readonly string[];
  /** The number of the last commit that was acknowledged to it; 0 before the first. */
  acknowledged(): number;
  /** Resolves once a line fits; rejects where the writer ends first. */
  line(pattern: RegExp): Promise<string>;
  /** Resolves when it is gone and all it printed was read: its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export interface WriterOptions {
  readonly count?: number;
  /** Characters of a record. */
  readonly size?: number;
  readonly onFault?: 'end' | 'retry';
  /** A program, with its arguments, that starts it. */
  readonly launcher?: readonly string[];
  /** The id of the user and group that it becomes, where only root may say so. */
  readonly user?: number;
}

const SCRIPT = fileURLToPath(new URL('acknowledging-writer.ts', import.meta.url));

export function forkAcknowledgingWriter(path: string, options: WriterOptions = {}): AcknowledgingWriter {
  const { count = Number.POSITIVE_INFINITY, size = 100, onFault = 'end', launcher = [], user } = options;
  const node = [process.execPath, '--import', import.meta.resolve('tsx'), SCRIPT];
  const [program = '', ...args] = [...launcher, ...node, path, `${count}`, `${size}`, onFault].concat(
    user === undefined ? [] : String(user),
  );
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(line));
  const ended = Promise.all([once(child, 'exit'), once(reader, 'close')]).then(
    ([[code, signal]]: [unknown[], unknown]): number | NodeJS.Signals =>
      typeof signal === 'string' ? (signal as NodeJS.Signals) : Number(code),
  );
  return {
    process: child,
    lines,
    acknowledged: () => Number(lines.findLast((line) => line.startsWith('ack '))?.slice(4) ?? 0),
    async line(pattern) {
      let seen = 0;
      for (;;) {
        for (; seen < lines.length; seen++) if (pattern.test(lines[seen] ?? '')) return lines[seen] ?? '';
        const more = await Promise.race([once(reader, 'line').then(() => true), ended.then(() => false)]);
        if (!more && seen === lines.length)
          throw new Error(`the writer ended without ${pattern}: ${lines.slice(-3).join(' | ')}`);
      }
    },
    ended,
  };
}
