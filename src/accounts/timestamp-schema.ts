import { z } from 'zod';

/** A moment as RFC 3339 text with a zone, kept in UTC with millisecond precision. */
export const Timestamp = z.iso
  .datetime({ offset: true, error: 'expected a time such as 2027-01-31T12:00:00Z' })
  .meta({ example: '2027-01-31T12:00:00Z' })
  .transform((text) => new Date(text).toISOString());
export type Timestamp = z.infer<typeof Timestamp>;
