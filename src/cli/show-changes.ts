import { structuredPatch } from 'diff';
import { formatResource } from '../manifests/resource-text.ts';
import { printable } from '../text/printable.ts';
import type { Change } from './ask-for-change.ts';
import type { CliContext } from './cli-context.ts';
import { isTerminal, NOTHING_WRITTEN, printTable } from './output.ts';

/** What was done, a line a resource, and how many stayed as they were. */
export function printChanges(
  { stdout }: CliContext,
  changes: readonly Pick<Change, 'action' | 'kind' | 'id'>[],
): void {
  const written = changes.filter(({ action }) => action !== 'unchanged');
  if (written.length > 0)
    printTable(
      stdout,
      ['ACTION', 'KIND', 'ID'],
      written.map(({ action, kind, id }) => [`${action}d`, kind, id]),
    );
  const unchanged = changes.length - written.length;
  if (unchanged > 0 || written.length === 0) stdout.write(`${unchanged} unchanged\n`);
}

const CONTEXT_LINES = 2;
const SIGNS = { create: '+', update: '~', delete: '-' } as const;
const COLOURS: Readonly<Record<string, string>> = { '+': '\x1b[32m', '-': '\x1b[31m', '~': '\x1b[33m' };

/** What would be done, each resource with its lines as they are and as they would be. */
export function printDifference({ stdout, env }: CliContext, changes: readonly Change[]): void {
  const coloured = isTerminal(stdout) && (env.NO_COLOR ?? '') === '';
  const paint = (line: string) => {
    const colour = coloured ? COLOURS[line.trimStart().charAt(0)] : undefined;
    return colour === undefined ? line : `${colour}${line}\x1b[0m`;
  };
  const counts = { create: 0, update: 0, delete: 0, unchanged: 0 };
  for (const change of changes) {
    counts[change.action] += 1;
    if (change.action === 'unchanged') continue;
    stdout.write(`${paint(`${SIGNS[change.action]} ${change.kind} ${printable(change.id)}`)}\n`);
    for (const line of differenceLines(change))
      stdout.write(`    ${line.startsWith(' ') ? line : paint(line)}\n`);
  }
  stdout.write(
    `${counts.create} to create, ${counts.update} to update, ${counts.delete} to delete, ${counts.unchanged} unchanged. ${NOTHING_WRITTEN}\n`,
  );
}

function differenceLines({ before, after }: Change): string[] {
  const { hunks } = structuredPatch('', '', bodyOf(before), bodyOf(after), '', '', {
    context: CONTEXT_LINES,
  });
  return hunks.flatMap(({ lines }, index) => [...(index === 0 ? [] : [' …']), ...lines.map(printable)]);
}

/** The fields below kind and id, which stand above the difference. */
function bodyOf(document: Change['before']): string {
  return document === undefined ? '' : formatResource(document).split('\n').slice(3).join('\n');
}
