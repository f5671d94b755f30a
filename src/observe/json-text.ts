/** Printable ASCII without quotes and backslashes: what JSON writes as it stands. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
/** What JSON lets through and a terminal, or a reader's eye, would obey: C1 controls, line separators, direction marks. */
const UNSEEN = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text as a JSON string, at most `max` UTF-16 units of it. */
export function jsonText(text: string, max: number): string {
  const bounded = text.length > max ? `${text.slice(0, max)}…` : text;
  if (PLAIN.test(bounded)) return `"${bounded}"`;
  return JSON.stringify(bounded).replace(
    UNSEEN,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
