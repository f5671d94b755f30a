import { z } from 'zod';
import { duration } from './duration.ts';
import { redis } from './redis-section.ts';
import { path, setting } from './setting.ts';
import { isSettingsMap } from './settings-map.ts';

export const DEFAULT_STORE_PATH = './data';

/** `store` */
export const store = z
  .strictObject({
    embedded: z
      .strictObject({
        path: setting(
          {
            type: 'path',
            meaning: 'Folder of the embedded store, for one machine.',
            fallback: `\`${DEFAULT_STORE_PATH}\``,
          },
          path().optional(),
        ),
      })
      .optional(),
    redis: redis.optional(),
    max_staleness: setting(
      {
        type: 'duration',
        meaning:
          'How long decisions are made from memory after the store was last in contact, which is four times a second; then they fail.',
      },
      duration('2s', '1h').prefault('60s'),
    ),
  })
  .superRefine(
    (value, context) => {
      if (value.redis === undefined || value.embedded === undefined) return;
      context.addIssue({
        code: 'custom',
        path: ['embedded'],
        message: 'expected one store: embedded or redis, not both',
      });
    },
    { when: ({ value }) => isSettingsMap(value) },
  );
