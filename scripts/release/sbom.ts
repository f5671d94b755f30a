import { z } from 'zod';
import type { LockedPackage } from './locked-packages.ts';

const Component = z.looseObject({
  name: z.string(),
  version: z.string(),
  licenses: z
    .array(
      z.union([
        z.object({ license: z.object({ id: z.string().optional(), name: z.string().optional() }) }),
        z.object({ expression: z.string() }),
      ]),
    )
    .optional(),
});
const Sbom = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(Component),
});

export interface CheckedSbom {
  readonly components: number;
  /** Every licence once, sorted. */
  readonly licences: readonly string[];
  readonly problems: readonly string[];
}

const Lock = z.looseObject({
  packages: z.record(z.string(), z.looseObject({ dev: z.boolean().optional() })),
});

/**
 * package.json and package-lock.json without what is for development, for `npm sbom`: its own `--omit dev` also omits what
 * development and production share.
 */
export function withoutDevelopment(
  packageFile: unknown,
  lockFile: unknown,
): { package: unknown; lock: unknown } {
  const { devDependencies: _, ...rest } = z.looseObject({}).parse(packageFile);
  const { packages, ...lock } = Lock.parse(lockFile);
  const kept = Object.entries(packages).flatMap(([place, { devDependencies: _, ...locked }]) =>
    locked.dev === true ? [] : [[place, locked]],
  );
  return { package: rest, lock: { ...lock, packages: Object.fromEntries(kept) } };
}

/** Compares an SBOM that npm wrote with the lock file: every production dependency, each with a licence, and nothing else. */
export function checkSbom(written: unknown, locked: readonly LockedPackage[]): CheckedSbom {
  const sbom = Sbom.parse(written);
  const named = new Map(sbom.components.map((component) => [keyOf(component), licencesOf(component)]));
  const production = new Set(locked.filter(({ dev }) => dev !== true).map(keyOf));
  const problems = [
    ...[...production].filter((key) => !named.has(key)).map((key) => `${key} is missing`),
    ...[...named.keys()]
      .filter((key) => !production.has(key))
      .map((key) => `${key} is no production dependency`),
    ...[...named].filter(([, licences]) => licences.length === 0).map(([key]) => `${key} has no licence`),
  ];
  return {
    components: named.size,
    licences: [...new Set([...named.values()].flat())].sort(),
    problems,
  };
}

function keyOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}@${version}`;
}

function licencesOf({ licenses = [] }: z.output<typeof Component>): string[] {
  return licenses
    .flatMap((entry) =>
      'expression' in entry ? [entry.expression] : [entry.license.id ?? entry.license.name ?? ''],
    )
    .filter((licence) => licence !== '');
}
