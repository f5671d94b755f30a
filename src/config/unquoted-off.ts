import { z } from 'zod';

/** For a setting that may be `off`: Helm drops `null`, and writes an unquoted `off` as `false`. */
export function refuseUnquotedOff(value: unknown, context: z.core.$RefinementCtx): unknown {
  if (value !== null && value !== false) return value;
  context.addIssue({
    code: 'custom',
    message:
      'expected a value, or "off" in quotes to turn it off: YAML 1.1, and so Helm, reads an unquoted off as false',
  });
  return z.NEVER;
}
