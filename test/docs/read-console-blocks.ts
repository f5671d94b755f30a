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

const FENCE = /^```(\S*)(?: (.*))?$/;

/**
 * The commands of a Markdown document's blocks that begin with ```` ```console run ````: lines that begin with `$ ` are
 * commands, those with `> ` go on with the one before, others are what it prints. `…` stands for any text, and for any
 * lines where it has a line of its own.
 */
export function readConsoleBlocks(markdown: string): DocumentedCommand[] {
  const commands: { line: number; command: string; output: string[] }[] = [];
  let fence: 'run' | 'other' | undefined;
  for (const [index, text] of markdown.split('\n').entries()) {
    const opening = FENCE.exec(text);
    if (opening)
      fence = fence ? undefined : opening[1] === 'console' && opening[2] === 'run' ? 'run' : 'other';
    else if (fence === 'run') {
      const last = commands.at(-1);
      if (text.startsWith('$ ')) commands.push({ line: index + 1, command: text.slice(2), output: [] });
      else if (!last) throw new Error(`line ${index + 1}: expected a command, "$ …"`);
      else if (text.startsWith('> ') || text === '>') last.command += `\n${text.slice(2)}`;
      else last.output.push(text);
    }
  }
  return commands.map((each) => ({ ...each, fails: /# fails$/.test(each.command) }));
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
