import { structuredPatch } from 'diff';
import type { StoredResource } from '../manifests/resource.ts';
import { formatResource, resourceDocument } from '../manifests/resource-text.ts';
import type { DetailedChange } from '../operations/changes/plan-changes.ts';
import { NOTHING_WRITTEN, printable } from './output.ts';
import { printTable } from './print-table.ts';
import { paint, type Screen, type Tone, word } from './screen.ts';

/** What was done, a line a resource, and how many stayed as they were. */
export function printChanges(
  screen: Screen,
  changes: readonly Pick<DetailedChange, 'action' | 'kind' | 'id'>[],
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
export function printDifference(screen: Screen, changes: readonly DetailedChange[]): void {
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

function differenceLines({ kind, before, after }: DetailedChange): string[] {
  const { hunks } = structuredPatch('', '', bodyOf(kind, before), bodyOf(kind, after), '', '', {
    context: CONTEXT_LINES,
  });
  return hunks.flatMap(({ lines }, index) => [...(index === 0 ? [] : [' …']), ...lines.map(printable)]);
}

/** The fields below kind and id, which stand above the difference. */
function bodyOf(kind: StoredResource['kind'], spec: StoredResource['spec'] | undefined): string {
  if (spec === undefined) return '';
  const text = formatResource(resourceDocument({ kind, spec } as StoredResource));
  return text.split('\n').slice(3).join('\n');
}
