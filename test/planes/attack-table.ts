import { describeMachine } from '../support/fault-table.ts';
import type { MeasuredAttack } from './measure-attack.ts';

const HEADINGS = [
  'attack',
  'its answers',
  'Checks failed',
  'p99 idle',
  'p99',
  'longest',
  'control plane, at most',
  'data plane, at most',
];

/** The rows as Markdown, with the machine that they were measured on. */
export function formatAttackTable(rows: readonly MeasuredAttack[]): string {
  const lines = [HEADINGS, HEADINGS.map(() => '---'), ...rows.map(cellsOf)];
  return `${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n\n${describeMachine()}`;
}

function cellsOf({ name, results, during, idle, controlPlanePeak, dataPlanePeak, restarts }: MeasuredAttack) {
  const answers = new Map<string, number>();
  for (const result of results)
    for (const [status, count] of Object.entries(result.answers))
      answers.set(status, (answers.get(status) ?? 0) + count);
  const described = [...answers]
    .sort()
    .map(([status, count]) => `${count} × ${status === '0' ? 'closed' : status}`);
  return [
    name,
    described.join(', '),
    `${during.failed} of ${during.count}`,
    milliseconds(idle.p99),
    milliseconds(during.p99),
    milliseconds(during.longest),
    `${megabytes(controlPlanePeak)}${restarts > 0 ? `, restarted ${restarts} ×` : ''}`,
    megabytes(dataPlanePeak),
  ];
}

function milliseconds(time: number): string {
  return `${time.toFixed(1)} ms`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
