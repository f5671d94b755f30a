import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What to type once the terminal shows something. */
export interface Typing {
  readonly after: RegExp;
  readonly type: string;
}

export interface TerminalOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly columns?: number;
  readonly typing?: readonly Typing[];
}

const PROGRAM = `
import fcntl, json, os, pty, re, select, struct, sys, termios, time
spec = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    os.chdir(spec['cwd'])
    os.execvpe(spec['command'][0], spec['command'], spec['env'])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 50, spec['columns'], 0, 0))
shown, start, typing, end = '', 0, list(spec['typing']), time.monotonic() + 60
while time.monotonic() < end:
    if typing and re.search(typing[0]['after'], shown[start:]):
        start = len(shown)
        os.write(fd, typing.pop(0)['type'].encode())
    if not select.select([fd], [], [], 0.2)[0]:
        continue
    try:
        read = os.read(fd, 65536)
    except OSError:
        break
    if not read:
        break
    shown += read.decode('utf-8', 'replace')
sys.stdout.write(shown)
`;

/** Runs a program on a terminal until it ends; what the terminal got. */
export async function runOnTerminal(
  command: readonly string[],
  { env, cwd, columns = 120, typing = [] }: TerminalOptions,
): Promise<string> {
  const spec = {
    command,
    env,
    cwd,
    columns,
    typing: typing.map(({ after, type }) => ({ after: after.source, type })),
  };
  const child = spawn('python3', ['-c', PROGRAM, JSON.stringify(spec)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  await once(child, 'close');
  return shown.replaceAll('\r\n', '\n');
}
