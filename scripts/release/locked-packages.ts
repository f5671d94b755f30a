import { readFileSync } from 'node:fs';
import { z } from 'zod';

const LockedPackage = z.object({
  version: z.string(),
  license: z.string().optional(),
  dev: z.boolean().optional(),
  engines: z.object({ node: z.string().optional() }).optional(),
  deprecated: z.string().optional(),
  hasInstallScript: z.boolean().optional(),
  optional: z.boolean().optional(),
});
const Lock = z.object({ packages: z.record(z.string(), LockedPackage) });

/** A package as package-lock.json has it. */
export interface LockedPackage extends z.output<typeof LockedPackage> {
  readonly name: string;
  /** Where npm puts it: `node_modules/a/node_modules/b`. */
  readonly place: string;
}

/** Every package that `npm ci` installs in the folder of this lock file, those of development included. */
export function readLockedPackages(file: URL | string): LockedPackage[] {
  const { packages } = Lock.parse(JSON.parse(readFileSync(file, 'utf8')));
  return Object.entries(packages)
    .filter(([place]) => place !== '')
    .map(([place, locked]) => ({ ...locked, place, name: place.replace(/^.*node_modules\//, '') }));
}
