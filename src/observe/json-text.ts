import { escapeUnits, replaceOdd } from '../accounts/unseen-characters.ts';

/** Printable ASCII without quotes and backslashes: what JSON writes as it stands. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
/** Text as a JSON string, at most `max` UTF-16 units of it. */
export function jsonText(text: string, max: number): string {
  const bounded = text.length > max ? `${text.slice(0, max)}…` : text;
  if (PLAIN.test(bounded)) return `"${bounded}"`;
  // JSON lets through what a terminal would obey, or a reader does not see.
  return replaceOdd(JSON.stringify(bounded), escapeUnits);
}
