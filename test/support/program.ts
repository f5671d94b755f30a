import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { V8_FLAGS } from '../../src/app/v8-flags.ts';
import { childEnvironment } from './child.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** How to start `sallyport` here: as built where the build is newer than the sources, else from the sources. */
export function programCommand(): string[] {
  return buildIsFresh()
    ? [process.execPath, ...V8_FLAGS, join(ROOT, 'bin', 'sallyport.js')]
    : [process.execPath, ...V8_FLAGS, '--import', import.meta.resolve('tsx'), join(ROOT, 'src', 'main.ts')];
}

/** Whether `dist` was built after the last change of any source. */
export function buildIsFresh(): boolean {
  const built = join(ROOT, 'dist', 'main.js');
  if (!existsSync(built)) return false;
  const builtAt = statSync(built).mtimeMs;
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  return sources.every((name) => statSync(join(ROOT, 'src', name)).mtimeMs <= builtAt);
}

export interface ProgramResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, with `input` as its standard input. */
export function runProgram(command: readonly string[], input = ''): Promise<ProgramResult> {
  const [program = '', ...args] = command;
  return new Promise((done) => {
    const child = execFile(
      program,
      args,
      { env: childEnvironment(), timeout: 60_000, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        done({ code, stdout, stderr });
      },
    );
    child.stdin?.on('error', () => {}).end(input);
  });
}
