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
