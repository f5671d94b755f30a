/** What CHANGELOG.md says is next, and what was last. */
export interface Changelog {
  /** The text of `[Unreleased]`; empty if there is nothing in it. */
  readonly unreleased: string;
  /** The first heading with a version. */
  readonly newest: { readonly version: string; readonly date: string | undefined } | undefined;
}

/** `preparing`: changes are waiting in `[Unreleased]`; `ready`: this version can be tagged. */
export interface ReleaseState {
  readonly state: 'preparing' | 'ready';
  readonly next: readonly string[];
}

/** The release can't be made; the message says what to change. */
export class ReleaseRefused extends Error {
  override readonly name = 'ReleaseRefused';
}

const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?$/;
const DATE = /^\d{4}-\d\d-\d\d$/;

/** Reads the headings of Keep a Changelog: `## [Unreleased]`, `## [1.2.3] - 2027-01-31`. */
export function readChangelog(text: string): Changelog {
  const [, ...sections] = text.split(/^## /m);
  const parsed = sections.map((section) => {
    const [heading = ''] = section.split('\n', 1);
    const [, name = '', date] = /^\[([^\]]+)\](?: - (\S+))?\s*$/.exec(heading) ?? [];
    if (name === '') throw new ReleaseRefused(`CHANGELOG.md: the heading "## ${heading}" names no version`);
    return { name, date, body: section.slice(heading.length).replaceAll(/^#.*$/gm, '').trim() };
  });
  const newest = parsed.find(({ name }) => name !== 'Unreleased');
  return {
    unreleased: parsed.find(({ name }) => name === 'Unreleased')?.body ?? '',
    newest: newest && { version: newest.name, date: newest.date },
  };
}

/** Compares what package.json calls this version with what CHANGELOG.md says of it. Throws `ReleaseRefused`. */
export function releaseState(version: string, { unreleased, newest }: Changelog): ReleaseState {
  if (!VERSION.test(version))
    throw new ReleaseRefused(`package.json: "${version}" is not a semantic version`);
  if (unreleased !== '') {
    if (newest && compareVersions(version, newest.version) < 0)
      throw new ReleaseRefused(
        `package.json has ${version}, which is older than ${newest.version}, the newest version in CHANGELOG.md`,
      );
    const isNew = newest === undefined || compareVersions(version, newest.version) > 0;
    return {
      state: 'preparing',
      next: [
        ...(isNew
          ? []
          : [`Raise the version in package.json: npm version --no-git-tag-version (now ${version}).`]),
        `Rename [Unreleased] in CHANGELOG.md to [${isNew ? version : 'the new version'}] - the date, and put an empty [Unreleased] above it.`,
        'Commit, and run this again with --final.',
      ],
    };
  }
  if (!newest) throw new ReleaseRefused('CHANGELOG.md: [Unreleased] is empty, and no version follows it');
  if (newest.version !== version)
    throw new ReleaseRefused(
      `package.json has ${version}, the newest version in CHANGELOG.md is ${newest.version}, and [Unreleased] is empty`,
    );
  if (newest.date === undefined || !DATE.test(newest.date) || Number.isNaN(Date.parse(newest.date)))
    throw new ReleaseRefused(`CHANGELOG.md: [${version}] has no date such as 2027-01-31`);
  return {
    state: 'ready',
    next: [
      `Tag it: git tag -s v${version} -m v${version}.`,
      'Push the tag, and publish the tarball and the SBOM with it.',
    ],
  };
}

/** Below 0 if `a` is older. A pre-release is older than its release; two of them are compared as text. */
function compareVersions(a: string, b: string): number {
  const [[core, pre], [otherCore, otherPre]] = [splitVersion(a), splitVersion(b)];
  for (const [index, part] of core.entries()) {
    const difference = part - (otherCore[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (pre === otherPre) return 0;
  if (pre === '' || otherPre === '') return pre === '' ? 1 : -1;
  return pre < otherPre ? -1 : 1;
}

function splitVersion(version: string): [core: readonly number[], pre: string] {
  const [core = '', ...pre] = version.split('-');
  return [core.split('.').map(Number), pre.join('-')];
}
