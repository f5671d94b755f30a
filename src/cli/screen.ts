import { inspect } from 'node:util';
import { printable } from '../text/printable.ts';
import type { CliContext } from './cli-context.ts';
import { isTerminal } from './output.ts';

/** Where a verb prints, and what says how. */
export type Screen = Pick<CliContext, 'stdout' | 'env' | 'clock'>;

const TONES = { good: 'green', bad: 'red', near: 'yellow', faint: 'gray', strong: 'bold' } as const;
export type Tone = keyof typeof TONES;

/** Text with a meaning, or a time as RFC 3339 text; null: never. */
export type Cell =
  | string
  | { readonly text: string; readonly tone: Tone }
  | { readonly time: string | null; readonly isExpiry: boolean };

/** Words of states and decisions, wherever they are shown. */
const WORDS: ReadonlyMap<string, Tone> = new Map([
  ...['active', 'allow', 'signs', 'created'].map((word) => [word, 'good'] as const),
  ...['disabled', 'expired', 'revoked', 'deny', 'failure', 'deleted', 'error'].map(
    (word) => [word, 'bad'] as const,
  ),
  ...['updated', 'warning'].map((word) => [word, 'near'] as const),
]);

/** A state, a verdict or a severity. */
export function word(text: string): Cell {
  const tone = WORDS.get(text);
  return tone === undefined ? text : { text, tone };
}

/** When something happened. */
export function time(at: string | null | undefined): Cell {
  return { time: at ?? null, isExpiry: false };
}

/** When something ends. */
export function expiry(at: string | null | undefined): Cell {
  return { time: at ?? null, isExpiry: true };
}

/** Whether to write colours; https://no-color.org. `--no-color` sets NO_COLOR. */
export function isColoured({ stdout, env }: Screen): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR) return !/^(?:0|false)$/.test(env.FORCE_COLOR);
  return isTerminal(stdout) && env.TERM !== 'dumb';
}

/** @param tone undefined: as it is */
export function paint(screen: Screen, text: string, tone: Tone | undefined): string {
  const [on, off] = (tone !== undefined && inspect.colors[TONES[tone]]) || [];
  if (on === undefined || off === undefined || text === '' || !isColoured(screen)) return text;
  return `\x1b[${on}m${text}\x1b[${off}m`;
}

/** A cell as it is written. @param isWhole beside the time from now, show the time itself */
export function formatCell(screen: Screen, cell: Cell, isWhole = false): string {
  if (typeof cell === 'string') return printable(cell);
  if ('text' in cell) return paint(screen, printable(cell.text), cell.tone);
  if (cell.time === null) return 'never';
  const at = Date.parse(cell.time);
  if (!isTerminal(screen.stdout) || Number.isNaN(at)) return printable(cell.time);
  const left = at - screen.clock();
  const tone = !cell.isExpiry || left > NEAR_MS ? undefined : left <= 0 ? 'bad' : 'near';
  const relative = paint(screen, formatDistance(left), tone);
  return isWhole ? `${relative} (${cell.time.replace(/\.000Z$/, 'Z')})` : relative;
}

/** From here on an expiry is near. */
const NEAR_MS = 14 * 86_400_000;

const UNITS: readonly (readonly [ms: number, from: number, name: string])[] = [
  [365 * 86_400_000, 2, 'years'],
  [86_400_000, 2, 'days'],
  [3_600_000, 1, 'h'],
  [60_000, 1, 'min'],
];

/** `in 12 days`, `3 h ago`. */
export function formatDistance(ms: number): string {
  const distance = Math.abs(ms);
  const [size, , name] = UNITS.find(([size, from]) => distance >= from * size) ?? [1000, 0, 's'];
  const text = `${Math.round(distance / size)} ${name}`;
  return ms < 0 ? `${text} ago` : `in ${text}`;
}
