import { z } from 'zod';

const LABEL = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?';
/** A host name in lower case, as the source of a regular expression. */
export const HOST_NAME = `${LABEL}(?:\\.${LABEL})*`;
const PATTERN = new RegExp(`^(?:\\*|\\*\\.${HOST_NAME}|${HOST_NAME}|\\[[0-9a-f:.]+\\])$`);

/** `api.example.com`, `*.example.com` (any number of labels in front, at least one) or `*`; lower case. */
export const HostPattern = z
  .string()
  .max(255)
  .transform(toLowerCase)
  .refine((text) => PATTERN.test(text), {
    error: 'expected a host such as api.example.com, *.example.com or *, without port or scheme',
  });
export type HostPattern = z.infer<typeof HostPattern>;

/** Only for ASCII: Unicode maps other letters, such as the Kelvin sign, to letters that a host may have. */
export function toLowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
