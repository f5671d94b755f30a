import { formatSteps } from '../text/schema-mistakes.ts';
import { closestName } from '../text/suggest-name.ts';
import { SETTING_KEYS } from './override.ts';
import { CATALOG } from './setting-catalog.ts';
import type { SettingPath } from './setting-path.ts';

/** The problem of an unknown key, with a suggestion. */
export function explainUnknownKey(path: SettingPath): string {
  const meant = suggestKey(path);
  return `unknown setting${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

/** A sibling with a similar name, else a setting of that name in another section. */
function suggestKey(path: SettingPath): string | undefined {
  const name = String(path.at(-1));
  const above = formatSteps(path.slice(0, -1)).replaceAll(/\[\d+\]/g, '[]');
  const prefix = above === '' ? '' : `${above}.`;
  const siblings = CATALOG.filter(({ key }) => key.startsWith(prefix)).map(
    ({ key }) => key.slice(prefix.length).split(/[.[]/, 1)[0],
  );
  const sibling = closestName(name, new Set(siblings.filter((candidate) => candidate !== undefined)));
  if (sibling !== undefined) return sibling;
  return (
    SETTING_KEYS.find((key) => key.endsWith(`.${name}`) || key === name) ?? closestName(name, SETTING_KEYS)
  );
}
