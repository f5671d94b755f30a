/** The candidate that a misspelt name most likely meant, or undefined where none is close. */
export function suggest(name: string, candidates: Iterable<string>): string | undefined {
  const bare = withoutSeparators(name);
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.floor(bare.length / 3) + 1);
  if (bare.length > 64) return undefined;
  for (const candidate of candidates) {
    const distance = editDistance(bare, withoutSeparators(candidate), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `max-staleness`, `maxStaleness` and `MAX__STALENESS` are all meant for `max_staleness`. */
function withoutSeparators(name: string): string {
  return name.toLowerCase().replaceAll(/[_\-.]/g, '');
}

/** Levenshtein's distance; anything from `limit` up is told as `limit`. */
function editDistance(from: string, to: string, limit: number): number {
  if (Math.abs(from.length - to.length) >= limit) return limit;
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return Math.min(row[to.length] ?? limit, limit);
}
