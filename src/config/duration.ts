import { parsedText, setting } from './setting.ts';

const DAY = 86_400_000;
const WRITTEN = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: DAY } as const;
/** A year is 365 days. */
const UNITS = { ...WRITTEN, w: 7 * DAY, y: 365 * DAY } as const;
const DURATION = /^(\d{1,9})(ms|s|m|h|d|w|y)$/;

function isUnit(text: string | undefined): text is keyof typeof UNITS {
  return text !== undefined && Object.hasOwn(UNITS, text);
}

/** `10s` → 10000; undefined for other text, and for a number without a unit, which is ambiguous. */
export function parseDuration(text: unknown): number | undefined {
  const [, count, unit] = (typeof text === 'string' && DURATION.exec(text)) || [];
  return isUnit(unit) ? Number(count) * UNITS[unit] : undefined;
}

/** 10000 → `10s`: in the largest exact unit, at most days. */
export function formatDuration(milliseconds: number): string {
  const units = Object.entries(WRITTEN).reverse();
  const [name, size] = (milliseconds > 0 && units.find(([, size]) => milliseconds % size === 0)) || ['ms', 1];
  return milliseconds === 0 ? '0s' : `${milliseconds / size}${name}`;
}

/** A duration between two others; milliseconds. */
export function duration(min: string, max: string) {
  const lowest = parseDuration(min) ?? 0;
  const highest = parseDuration(max) ?? Number.POSITIVE_INFINITY;
  const error = `expected a duration with its unit, such as 200ms, 10s, 5m, 24h or 30d, from ${min} to ${max}`;
  return parsedText(error, (text) => {
    const milliseconds = parseDuration(text);
    return milliseconds !== undefined && milliseconds >= lowest && milliseconds <= highest
      ? milliseconds
      : undefined;
  });
}

/** The setting of a duration. @param preset its default, as it is written */
export function durationSetting(meaning: string, [min, max]: readonly [string, string], preset: string) {
  return setting({ type: 'duration', meaning }, duration(min, max).prefault(preset));
}
