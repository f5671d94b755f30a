import { z } from 'zod';

/** A pattern of user IDs, in which `*` stands for any text, such as `*@corp.example`. */
export const NamePattern = z.string().min(1).max(256);
export type NamePattern = z.infer<typeof NamePattern>;

/** Whether a name matches. Ignores letter case and differences of form (NFKC). */
export function matchesNamePattern(pattern: NamePattern, name: string): boolean {
  const parts = foldName(pattern).split('*');
  return parts.length === 1 ? foldName(name) === parts[0] : matchesParts(foldName(name), parts);
}

/**
 * Whether a text consists of the parts in this order, with any text between them. Each part takes its first place, so
 * that the time is linear in the text for each part.
 */
export function matchesParts(text: string, [first = '', ...rest]: readonly string[]): boolean {
  const last = rest.pop() ?? '';
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return at <= end;
}

/** The text after the last `@`. Undefined if the name has no domain. */
export function domainOfName(name: string): string | undefined {
  const text = foldName(name);
  const at = text.lastIndexOf('@');
  return at === -1 || at === text.length - 1 ? undefined : text.slice(at + 1);
}

function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}
