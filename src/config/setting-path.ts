/** The way to a setting: names of keys and indices of lists. */
export type SettingPath = readonly (string | number)[];

/** `['listen', 0, 'address']` → `listen[0].address` */
export function formatPath(path: SettingPath): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else text += text === '' ? segment : `.${segment}`;
  }
  return text;
}

/** Whether `outer` is `inner` or something that it is part of. */
export function pathHolds(outer: SettingPath, inner: SettingPath): boolean {
  return (
    outer.length <= inner.length && outer.every((segment, index) => String(segment) === String(inner[index]))
  );
}
