import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Renames the database of a store that can't be opened, so that another can be made in its place; nothing of it is lost.
 * Returns the new name, or undefined where there is no database. Processes that have it open go on using it.
 */
export function setStoreAside(path: string): string | undefined {
  const file = join(path, 'data.mdb');
  if (!existsSync(file)) return undefined;
  const aside = `${file}.aside-${new Date().toISOString().replaceAll(':', '')}`;
  renameSync(file, aside);
  rmSync(join(path, 'lock.mdb'), { force: true });
  return aside;
}
