import { type ChildProcess, fork } from 'node:child_process';

/** The verb of a process that `serve` starts beside itself, with an IPC channel to it. */
export type BesideVerb = 'control-plane' | 'prepare-store';

/** How the configuration was named on the command line of `serve`. */
export interface ConfigArguments {
  readonly config?: string | undefined;
  readonly set: Readonly<Record<string, string>>;
}

/**
 * Starts this program again with another verb and the same configuration. Its log lines go where this process's go.
 * @param heapLimit MiB that its JavaScript heap may grow to
 */
export function forkSelf(
  verb: BesideVerb,
  { config, set }: ConfigArguments,
  heapLimit: number,
): ChildProcess {
  const [, program] = process.argv;
  if (program === undefined) throw new Error('the path of this program is not known');
  const settings = Object.entries(set).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  return fork(program, [verb, ...(config === undefined ? [] : ['--config', config]), ...settings], {
    execArgv: [...process.execArgv, `--max-old-space-size=${heapLimit}`],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}
