import type { Override } from './override.ts';
import { isSettingsMap, type SettingsMap } from './setting.ts';
import { GROUPS } from './setting-catalog.ts';
import { pathHolds, type SettingPath } from './setting-path.ts';

/** Settings that may be a text or a map, with the key of the map that the text means. */
const SHORT_FORMS: Readonly<Record<string, string>> = {
  audience: 'mesh',
  'http.listen': 'address',
  'admin.listen': 'address',
};

/** The file's settings with the overrides laid over them, a later one over an earlier. */
export function layOverrides(fileSettings: unknown, overrides: readonly Override[]): unknown {
  if (fileSettings !== undefined && fileSettings !== null && !isSettingsMap(fileSettings))
    return fileSettings;
  let root = withoutEmptyGroups(fileSettings ?? {}, '');
  for (const { path, value } of overrides) root = replaceAt(root, path, value, '');
  return root;
}

/** A section whose keys are all commented out reads as null, and counts as absent. */
function withoutEmptyGroups(settings: SettingsMap, prefix: string): SettingsMap {
  const entries = Object.entries(settings).flatMap(([name, value]): [string, unknown][] => {
    const key = prefix + name;
    if (!GROUPS.has(key)) return [[name, value]];
    if (value === null) return [];
    return [[name, isSettingsMap(value) ? withoutEmptyGroups(value, `${key}.`) : value]];
  });
  return Object.fromEntries(entries);
}

function replaceAt(
  settings: SettingsMap,
  path: readonly string[],
  value: unknown,
  prefix: string,
): SettingsMap {
  const [name, ...rest] = path;
  if (name === undefined) return settings;
  if (rest.length === 0) return { ...settings, [name]: value };
  const key = prefix + name;
  const held = Object.hasOwn(settings, name) ? settings[name] : undefined;
  const short = SHORT_FORMS[key];
  const map = isSettingsMap(held)
    ? held
    : short !== undefined && typeof held === 'string'
      ? { [short]: held }
      : {};
  return { ...settings, [name]: replaceAt(map, rest, value, `${key}.`) };
}

/** The override that sets a setting or a part of it; undefined if the file does. */
export function findOverride(overrides: readonly Override[], path: SettingPath): Override | undefined {
  return (
    overrides.findLast((override) => pathHolds(override.path, path)) ??
    (path.length > 0 ? overrides.findLast((override) => pathHolds(path, override.path)) : undefined)
  );
}

/** The value at a path, or undefined. */
export function valueAt(root: unknown, path: SettingPath): unknown {
  let value = root;
  for (const segment of path) {
    if (Array.isArray(value) && typeof segment === 'number') value = value[segment];
    else if (isSettingsMap(value) && Object.hasOwn(value, segment)) value = value[segment];
    else return undefined;
  }
  return value;
}
