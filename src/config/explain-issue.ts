import type { z } from 'zod';
import { closestName } from '../text/suggest-name.ts';
import { SETTING_KEYS } from './override.ts';
import { CATALOG } from './setting-catalog.ts';
import { formatPath, type SettingPath } from './setting-path.ts';

interface Explained {
  readonly path: SettingPath;
  readonly message: string;
}

/** What a schema's issue means for the person who wrote the setting. */
export function explainIssue(
  issue: z.core.$ZodIssue,
  above: SettingPath,
  isMissing: (path: SettingPath) => boolean,
): Explained[] {
  const path = [...above, ...issue.path.filter((segment) => typeof segment !== 'symbol')];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => explainUnknownKey([...path, name]));
  // A record's key has rules of its own, which zod tells as an issue inside the issue.
  if (issue.code === 'invalid_key')
    return [{ path, message: issue.issues[0]?.message ?? 'expected another name' }];
  const message =
    issue.message.startsWith('expected') || issue.code === 'custom' ? issue.message : explainType(issue);
  return [
    {
      path,
      message: issue.code === 'invalid_type' && isMissing(path) ? `${message}; it is missing` : message,
    },
  ];
}

function explainType(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type')
    return issue.expected === 'object' ? 'expected a map of settings' : `expected ${issue.expected}`;
  return `expected something else: ${issue.message}`;
}

export function explainUnknownKey(path: SettingPath): Explained {
  const meant = suggestKey(path);
  return {
    path,
    message: `there is no such setting${meant === undefined ? '' : `; did you mean ${meant}?`}`,
  };
}

/** A sibling that is spelt alike, else a setting of that name that belongs elsewhere. */
function suggestKey(path: SettingPath): string | undefined {
  const name = String(path.at(-1));
  const above = formatPath(path.slice(0, -1)).replaceAll(/\[\d+\]/g, '[]');
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
