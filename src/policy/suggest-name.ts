/** `; did you mean "user"?` where a known name is close to the one given, otherwise nothing. */
export function suggestName(given: string, known: Iterable<string>): string {
  if (given.length > 64) return '';
  const wanted = normalize(given);
  let closest: string | undefined;
  // Two slips in a long name, one in a short one.
  let least = wanted.length > 3 ? 3 : 2;
  for (const name of known) {
    const distance = editDistance(wanted, normalize(name));
    if (distance < least) {
      least = distance;
      closest = name;
    }
  }
  return closest === undefined ? '' : `; did you mean "${closest}"?`;
}

function normalize(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}

/** Levenshtein's distance. */
function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
