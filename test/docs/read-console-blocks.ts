/** A command of a document, and what it says that the command prints. */
export interface DocumentedCommand {
  /** Counted from 1. */
  readonly line: number;
  readonly command: string;
  /** Empty where the document says nothing of it. */
  readonly output: readonly string[];
  /** Whether it has to end with another code than 0: `# fails` at its end. */
  readonly fails: boolean;
}

const FENCE = /^( *)```(\S*)(?: (.*))?$/;

/**
 * The commands of a Markdown document, from blocks that begin with
 *
 * - ```` ```console run ````: lines that begin with `$ ` are commands, those with `> ` go on with the one before, others
 *   are what it prints. `…` stands for any text, and for any lines where it has a line of its own.
 * - ```` ```sh run ````: every line is a command.
 * - ```` ```sh serve ````: the command starts a server, which has to serve before anything else is run.
 * - ```` ```yaml NAME.yaml ````: the file of that name, which commands after it use.
 */
export function readConsoleBlocks(markdown: string): DocumentedCommand[] {
  const commands: { line: number; command: string; output: string[] }[] = [];
  let fence: { indent: string; use: string } | undefined;
  for (const [index, raw] of markdown.split('\n').entries()) {
    const [opening, indent = '', language = '', info = ''] = FENCE.exec(raw) ?? [];
    const line = index + 1;
    if (opening !== undefined) {
      const file = /^\S+\.yaml$/.exec(info)?.[0];
      if (fence?.use === 'file') addTo(commands, '\nEND');
      fence = fence ? undefined : { indent, use: file ? 'file' : `${language} ${info}` };
      if (fence && file) commands.push({ line, command: `cat > ${file} <<'END'`, output: [] });
      continue;
    }
    const text = fence && raw.startsWith(fence.indent) ? raw.slice(fence.indent.length) : raw;
    if (fence?.use === 'file') addTo(commands, `\n${text}`);
    else if (fence?.use === 'sh run') commands.push({ line, command: text, output: [] });
    else if (fence?.use === 'sh serve') commands.push({ line, command: serve(text), output: [] });
    else if (fence?.use === 'console run') {
      if (text.startsWith('$ ')) commands.push({ line, command: text.slice(2), output: [] });
      else if (commands.length === 0) throw new Error(`line ${line}: expected a command, "$ …"`);
      else if (text.startsWith('> ') || text === '>') addTo(commands, `\n${text.slice(2)}`);
      else commands.at(-1)?.output.push(text);
    }
  }
  return commands.map((each) => ({ ...each, fails: /# fails$/.test(each.command) }));
}

function addTo(commands: { command: string }[], text: string): void {
  const last = commands.at(-1);
  if (last) last.command += text;
}

/** As a reader would in a second terminal: the server stays until the end, and what follows finds it serving. */
function serve(command: string): string {
  return [
    `${command} > serve.log 2>&1 &`,
    `until grep -q '"serving"' serve.log || ! kill -0 $!; do sleep 0.1; done`,
    `grep -q '"serving"' serve.log || { cat serve.log; false; }`,
  ].join('\n');
}

/** Whether text that was printed is what the document says. */
export function printsAsDocumented(printed: string, output: readonly string[]): boolean {
  const pattern = output
    .map((line) =>
      line === '…' ? '(?:[^\\n]*\\n)*?' : `${line.split('…').map(escapeForPattern).join('[^\\n]*')}[ ]*\\n`,
    )
    .join('');
  return new RegExp(`^${pattern}$`).test(printed === '' || printed.endsWith('\n') ? printed : `${printed}\n`);
}

function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
