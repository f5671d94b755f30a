import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PolicyFinding } from './lint-policies.ts';

export interface LintRequest {
  readonly text: string;
}

export interface LintAnswer {
  readonly findings: readonly Omit<PolicyFinding, 'file'>[];
  readonly more: number;
}

export interface PolicyLinterOptions {
  /** Of the process's heap. Default 224, in which a megabyte of ordinary policies has room. */
  readonly megabytes?: number;
  /** Milliseconds for one text. Default 10,000. */
  readonly timeout?: number;
  /** Milliseconds that the process stays without a text. Default 60,000. */
  readonly idle?: number;
}

const PROGRAM = new URL(
  import.meta.url.endsWith('.ts') ? './lint-process.ts' : './lint-process.js',
  import.meta.url,
);
/** Characters. A process that has read more keeps the memory for it, so it ends after its answer. */
const LIGHT_TEXT = 64 * 1024;
/** Of our own process and not for another one. */
const OWN_FLAG = /^--(max-old-space-size|inspect|test)/;

/**
 * Reads policies from text in a process of its own. YAML takes far more time and memory than its length says, and its
 * parser can't be stopped: that process can.
 */
export class PolicyLinter {
  readonly #megabytes: number;
  readonly #timeout: number;
  readonly #idle: number;
  #process: ChildProcess | undefined;
  #last: Promise<void> = Promise.resolve();
  #resting: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ megabytes = 224, timeout = 10_000, idle = 60_000 }: PolicyLinterOptions = {}) {
    this.#megabytes = megabytes;
    this.#timeout = timeout;
    this.#idle = idle;
  }

  get running(): boolean {
    return this.#process !== undefined;
  }

  /** One text at a time. Undefined if reading it takes more time or memory than there is for it. */
  lint(text: string): Promise<LintAnswer | undefined> {
    const answer = this.#last.then(() => this.#lint(text));
    const ended = () => undefined;
    this.#last = answer.then(ended, ended);
    return answer;
  }

  close(): void {
    this.#closed = true;
    this.#end();
  }

  async #lint(text: string): Promise<LintAnswer | undefined> {
    if (this.#closed) throw new Error('the admin API is closed');
    clearTimeout(this.#resting);
    this.#process ??= this.#start();
    const answer = await ask(this.#process, text, this.#timeout);
    if (!answer || text.length > LIGHT_TEXT) this.#end();
    else this.#resting = setTimeout(() => this.#end(), this.#idle).unref();
    return answer;
  }

  #start(): ChildProcess {
    const child = fork(fileURLToPath(PROGRAM), {
      execArgv: [
        ...process.execArgv.filter((flag) => !OWN_FLAG.test(flag)),
        `--max-old-space-size=${this.#megabytes}`,
      ],
      // V8 writes to standard error if it runs out of memory, which the answer says already.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      env: {},
    });
    child.unref();
    child.channel?.unref();
    return child;
  }

  #end(): void {
    clearTimeout(this.#resting);
    this.#process?.kill('SIGKILL');
    this.#process = undefined;
  }
}

function ask(child: ChildProcess, text: string, timeout: number): Promise<LintAnswer | undefined> {
  return new Promise((resolve) => {
    const settle = (answer?: LintAnswer) => {
      clearTimeout(timer);
      child.off('message', answered).off('exit', ended).off('error', ended);
      resolve(answer);
    };
    const answered = (answer: unknown) => settle(answer as LintAnswer);
    const ended = () => settle();
    const timer = setTimeout(ended, timeout);
    child.on('message', answered).on('exit', ended).on('error', ended);
    const request: LintRequest = { text };
    child.send(request, (error) => error && ended());
  });
}
