/** What `npm pack` must put into the tarball: the program, built from each source, and what it reads. */
export function expectedFiles(tracked: readonly string[]): string[] {
  const built = tracked
    .filter((path) => path.startsWith('src/') && path.endsWith('.ts'))
    .map((path) => path.replace(/^src\//, 'dist/').replace(/\.ts$/, '.js'))
    .flatMap((path) => [path, `${path}.map`]);
  const asIs = tracked.filter(
    (path) =>
      /^(?:bin|proto)\//.test(path) || ['LICENSE', 'README.md', 'envoy.yaml', 'package.json'].includes(path),
  );
  return [...asIs, ...built];
}

/** How the files of a tarball differ from those that it should hold; undefined if they are the same. */
export function describeDifference(
  packed: readonly string[],
  expected: readonly string[],
): string | undefined {
  const missing = expected.filter((path) => !packed.includes(path));
  const extra = packed.filter((path) => !expected.includes(path));
  const parts = [list('lacks', missing), list('has, and should not have,', extra)].filter(
    (part) => part !== '',
  );
  return parts.length > 0 ? parts.join('; ') : undefined;
}

const SHOWN = 10;

function list(verb: string, paths: readonly string[]): string {
  if (paths.length === 0) return '';
  const more = paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : '';
  return `${verb} ${paths.slice(0, SHOWN).join(', ')}${more}`;
}
