import { z } from 'zod';
import { mistakesOf } from '../text/schema-mistakes.ts';
import { explainUnknownKey } from './explain-unknown-key.ts';
import { SECTIONS, type Settings } from './schema.ts';
import { isSettingsMap, type SettingsMap } from './setting.ts';
import type { Report } from './setting-files.ts';

/** Parses each section by itself, so that a mistake in one hides none in another. */
export function parseSections(root: unknown, report: Report): Partial<Settings> {
  if (!isSettingsMap(root)) {
    report([], 'expected a map of settings');
    return {};
  }
  for (const key of Object.keys(root)) {
    if (!Object.hasOwn(SECTIONS, key)) report([key], explainUnknownKey([key]));
  }
  const settings: SettingsMap = {};
  for (const [key, schema] of Object.entries(SECTIONS)) {
    const value = Object.hasOwn(root, key) ? root[key] : undefinedOrEmpty(schema);
    const result = schema.safeParse(value);
    if (result.success) settings[key] = result.data;
    else {
      for (const { path, message, isUnknownKey } of mistakesOf(result.error)) {
        const place = [key, ...path.filter((step) => typeof step !== 'symbol')];
        report(place, isUnknownKey ? explainUnknownKey(place) : message);
      }
    }
  }
  // Each value comes from the schema of its name, from which Settings is inferred.
  return settings as Partial<Settings>;
}

/** An absent section counts as one without keys. */
function undefinedOrEmpty(schema: z.core.$ZodType): unknown {
  return schema instanceof z.ZodObject ? {} : undefined;
}

export function isComplete(settings: Partial<Settings>): settings is Settings {
  return Object.keys(SECTIONS).every((key) => Object.hasOwn(settings, key));
}
