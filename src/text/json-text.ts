import { escapeUnits, replaceUnprintable } from './printable.ts';

/** JSON without the characters that JSON permits but a terminal interprets or a reader does not see. */
export function jsonText(value: unknown, indent?: number): string {
  return replaceUnprintable(JSON.stringify(value, null, indent), (character) =>
    character === '\n' ? character : escapeUnits(character),
  );
}

/** Printable ASCII without quotes and backslashes, which JSON does not escape. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** Text as a JSON string, cut after `max` UTF-16 units. */
export function jsonString(text: string, max: number): string {
  const bounded = text.length > max ? `${text.slice(0, max)}…` : text;
  return PLAIN.test(bounded) ? `"${bounded}"` : jsonText(bounded);
}
