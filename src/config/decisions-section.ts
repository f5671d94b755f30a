import { z } from 'zod';
import { numberSetting, setting } from './setting.ts';

const SAMPLE_EXPECTED = 'expected a number from 0 to 1';

/** `decisions` */
export const decisions = z.strictObject({
  sample: setting(
    {
      type: 'number',
      meaning:
        'Fraction of allowing decisions to store for `sallyport decisions`, from 0 to 1. Denials are always stored.',
      reads: 'yaml',
    },
    z
      .number({ error: SAMPLE_EXPECTED })
      .min(0, { error: SAMPLE_EXPECTED })
      .max(1, { error: SAMPLE_EXPECTED })
      .prefault(1),
  ),
  keep: numberSetting(
    'How many stored decisions to keep, the newest; `0` stores none.',
    [0, 10_000_000],
    10_000,
  ),
});
