/**
 * Characters that a reader does not see, or that change how the text around them is shown: direction marks and overrides,
 * zero-width characters, fillers, variation selectors.
 */
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

/** Says which such character a name holds; undefined if it holds none. */
export function unseenProblem(name: string): string | undefined {
  const character = UNSEEN.exec(name)?.[0];
  if (character === undefined) return undefined;
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `holds a character that is not seen (U+${code})`;
}

/** What a terminal obeys, or a reader does not see: control characters, line separators, and the above. */
const ODD = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** The text with such characters replaced. */
export function replaceOdd(text: string, replacement: (character: string) => string): string {
  return text.replace(ODD, replacement);
}

/** `\uXXXX` for each UTF-16 unit, as JSON and YAML read it. */
export function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_none, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}
