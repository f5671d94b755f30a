import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { Interrupted } from './interruptible.ts';
import { TOKEN } from './profiles/profile-file.ts';
import { UsageError } from './usage-error.ts';

const MAX_CHARACTERS = 32 * 1024;
/** As `bootstrap`, `sa create` and `sa rotate` print it with `-o json`. */
const Printed = z.looseObject({ jwt: z.string() });

/** A credential in text: a JWT alone, or in what made it. Throws `UsageError`, which quotes nothing of it. */
export function credentialIn(text: string, source: string): string {
  const trimmed = text.trim();
  const jwt = trimmed.startsWith('{') ? jwtIn(trimmed) : trimmed;
  if (jwt !== undefined && TOKEN.test(jwt)) return jwt;
  throw new UsageError(
    `expected a credential for the admin API in ${source}: a JWT, or what sallyport sa rotate ID --for admin -o json prints`,
  );
}

function jwtIn(text: string): string | undefined {
  try {
    return Printed.safeParse(JSON.parse(text)).data?.jwt;
  } catch {
    return undefined;
  }
}

interface Terminal extends Readable {
  readonly isTTY: true;
  setRawMode(raw: boolean): unknown;
}

function isTerminal(stream: Readable): stream is Terminal {
  return 'isTTY' in stream && stream.isTTY === true && 'setRawMode' in stream;
}

/** What comes on standard input; from a terminal a line, asked for and not shown. */
export async function readSecret(stdin: Readable, stderr: Writable, prompt: string): Promise<string> {
  if (!isTerminal(stdin)) return readBounded(stdin);
  // Raw, for a terminal's own lines end at 4096 characters, and are shown; before it is asked, for some answer at once.
  stdin.setRawMode(true);
  try {
    stderr.write(prompt);
    return await readLine(stdin);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

async function readBounded(stdin: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.length > MAX_CHARACTERS) throw new UsageError('standard input is too long for a credential');
  }
  return text;
}

const [INTERRUPT, END, BACKSPACE, DELETE] = ['\x03', '\x04', '\b', '\x7f'];

function readLine(stdin: Terminal): Promise<string> {
  return new Promise((resolve, reject) => {
    let line = '';
    const settle = (end: () => void) => {
      stdin.off('data', read);
      stdin.off('end', finish);
      stdin.off('error', fail);
      end();
    };
    const finish = () => settle(() => resolve(line));
    const fail = (error: Error) => settle(() => reject(error));
    const read = (chunk: Buffer | string) => {
      for (const character of String(chunk)) {
        if (character === '\r' || character === '\n' || character === END) return finish();
        if (character === INTERRUPT) return fail(new Interrupted());
        if (character === BACKSPACE || character === DELETE) line = line.slice(0, -1);
        else line += character;
        if (line.length > MAX_CHARACTERS) return fail(new UsageError('that is too long for a credential'));
      }
    };
    stdin.on('data', read);
    stdin.once('end', finish);
    stdin.once('error', fail);
    stdin.resume();
  });
}
