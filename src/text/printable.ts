/** Characters that a terminal interprets or a reader does not see: control, format, ignorable, line separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** The text with such characters replaced. */
export function replaceUnprintable(text: string, replacement: (character: string) => string): string {
  return text.replace(UNPRINTABLE, replacement);
}

/** One line as it may be shown on a terminal: `\x1b` and `\u{202e}` for what is unprintable. */
export function printable(text: string): string {
  return replaceUnprintable(text, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`;
  });
}

/** The same for several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** `\uXXXX` for each UTF-16 unit, as JSON and YAML read it. */
export function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_none, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}
