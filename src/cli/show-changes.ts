import { structuredPatch } from 'diff';
import { formatResource } from '../manifests/resource-text.ts';
import { printable } from '../text/printable.ts';
import { NOTHING_WRITTEN } from './output.ts';
import { printTable } from './print-table.ts';
import type { Change } from './request-change.ts';
import { paint, type Screen, type Tone, word } from './screen.ts';

/** What was done, a line a resource, and how many stayed as they were. */
export function printChanges(
  screen: Screen,
  changes: readonly Pick<Change, 'action' | 'kind' | 'id'>[],
): void {
  const written = changes.filter(({ action }) => action !== 'unchanged');
  if (written.length > 0)
    printTable(
      screen,
      ['ACTION', 'KIND', 'ID'],
      written.map(({ action, kind, id }) => [word(`${action}d`), kind, id]),
    );
  const unchanged = changes.length - written.length;
  if (unchanged > 0 || written.length === 0) screen.stdout.write(`${unchanged} unchanged\n`);
}

const CONTEXT_LINES = 2;
const SIGNS = { create: '+', update: '~', delete: '-' } as const;
const TONES: Readonly<Record<string, Tone>> = { '+': 'good', '-': 'bad', '~': 'near' };

/** What would be done, each resource with its lines as they are and as they would be. */
export function printDifference(screen: Screen, changes: readonly Change[]): void {
  const { stdout } = screen;
  const paintLine = (line: string) => paint(screen, line, TONES[line.trimStart().charAt(0)]);
  const counts = { create: 0, update: 0, delete: 0, unchanged: 0 };
  for (const change of changes) {
    counts[change.action] += 1;
    if (change.action === 'unchanged') continue;
    stdout.write(`${paintLine(`${SIGNS[change.action]} ${change.kind} ${printable(change.id)}`)}\n`);
    for (const line of differenceLines(change))
      stdout.write(`    ${line.startsWith(' ') ? line : paintLine(line)}\n`);
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
