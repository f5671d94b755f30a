import { z } from 'zod';
import { STORE_SECTIONS } from '../store/drivers.ts';
import { durationSetting } from './duration.ts';
import { isSettingsMap } from './setting.ts';

export const store = z
  .strictObject({
    ...STORE_SECTIONS,
    max_staleness: durationSetting(
      'How long Checks are decided from memory without contact with the store; then they fail.',
      ['2s', '1h'],
      '60s',
    ),
  })
  .superRefine(
    (value, context) => {
      const given = new Map(Object.entries(value));
      const [first, ...others] = Object.keys(STORE_SECTIONS).filter((name) => given.get(name) !== undefined);
      if (first === undefined || others.length === 0) return;
      context.addIssue({
        code: 'custom',
        path: [first],
        message: `expected one store: ${Object.keys(STORE_SECTIONS).join(' or ')}, not both`,
      });
    },
    { when: ({ value }) => isSettingsMap(value) },
  );
