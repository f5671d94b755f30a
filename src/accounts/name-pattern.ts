import { z } from 'zod';

/** A pattern of user IDs, in which `*` stands for any text, such as `*@corp.example`. */
export const NamePattern = z.string().min(1).max(256);
export type NamePattern = z.infer<typeof NamePattern>;

/** Whether a name fits; names that look alike in another letter case or form (NFKC) count as the same. */
export function matchesNamePattern(pattern: NamePattern, name: string): boolean {
  const text = foldName(name);
  const [first = '', ...rest] = foldName(pattern).split('*');
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
    return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** What follows the last `@`; undefined if the name has no domain. */
export function domainOfName(name: string): string | undefined {
  const text = foldName(name);
  const at = text.lastIndexOf('@');
  return at === -1 || at === text.length - 1 ? undefined : text.slice(at + 1);
}

function foldName(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}
