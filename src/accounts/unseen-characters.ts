/**
 * Invisible characters, and characters that change how other text is shown: direction marks and overrides, zero-width
 * characters, fillers, variation selectors.
 */
const UNSEEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

/** Names the first invisible character of a name. Undefined if there is none. */
export function unseenProblem(name: string): string | undefined {
  const character = UNSEEN.exec(name)?.[0];
  if (character === undefined) return undefined;
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return `holds an invisible character (U+${code})`;
}
