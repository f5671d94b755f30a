/** The way to a setting: names of keys and indices of lists. */
export type SettingPath = readonly (string | number)[];

/** Whether `outer` is `inner` or something that it is part of. */
export function pathHolds(outer: SettingPath, inner: SettingPath): boolean {
  return (
    outer.length <= inner.length && outer.every((segment, index) => String(segment) === String(inner[index]))
  );
}
