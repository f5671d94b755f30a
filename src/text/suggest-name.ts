import { distance } from 'fastest-levenshtein';

const MAX_LENGTH = 64;

/** The known name that a misspelt one most likely means: two edits away at most, or one from a short name. */
export function closestName(given: string, known: Iterable<string>): string | undefined {
  if (given.length > MAX_LENGTH) return undefined;
  const wanted = fold(given);
  let closest: string | undefined;
  let limit = wanted.length > 3 ? 3 : 2;
  for (const name of known) {
    const edits = distance(wanted, fold(name));
    if (edits < limit) [closest, limit] = [name, edits];
  }
  return closest;
}

/** `; did you mean "user"?` if a known name is close to the given one, otherwise nothing. */
export function suggestName(given: string, known: Iterable<string>): string {
  const closest = closestName(given, known);
  return closest === undefined ? '' : `; did you mean "${closest}"?`;
}

/** `max-staleness`, `maxStaleness` and `MAX__STALENESS` all mean `max_staleness`. */
function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[_\-.]/g, '');
}
