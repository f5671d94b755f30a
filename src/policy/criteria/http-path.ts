import type { CriterionKind } from '../criterion.ts';
import { STRING } from '../criterion-data.ts';
import { lintOtherTexts } from '../lint/lint-other-texts.ts';
import { lintStringMatcher, type TextKind } from '../lint/lint-string-matcher.ts';
import { reasonOf } from '../reason.ts';
import { compileStringMatcher } from '../string-matcher.ts';

const OK = reasonOf('http-path-ok');
const UNAUTHORIZED = reasonOf('http-path-unauthorized');

const ENCODED = /%(?!2F)[0-9A-Fa-f]{2}/;
const DOT_SEGMENT = /\/\.{1,2}(?:\/|$)/;

const PATHS: TextKind = {
  name: 'paths',
  impossible(value, part) {
    if ((part === 'whole' || part === 'start') && !value.startsWith('/'))
      return 'every path begins with a slash';
    if (ENCODED.test(value)) return 'the path is compared percent-decoded: write the character itself';
    if (value.includes('//') || value.includes('\\') || hasControlCharacter(value))
      return 'a path with an empty segment, a backslash or a control character is refused with 400 before any policy';
    // After a start or part, more characters may change the last segment.
    if (DOT_SEGMENT.test(part === 'whole' || part === 'end' ? value : `${value}x`))
      return 'a path with a dot segment is refused with 400 before any policy';
    return undefined;
  },
  doubtful(value) {
    if (/[?#]/.test(value))
      return 'the path has no query and no fragment: ? and # fit only if the client sends them percent-encoded';
    return value.includes(';')
      ? 'a path with a semicolon is refused with 400 unless the route keeps path parameters'
      : undefined;
  },
};

function hasControlCharacter(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** Holds if the request's path matches, percent-decoded and without its query. */
export const httpPath: CriterionKind = {
  name: 'http_path',
  data: STRING,
  uses: 'path',
  compile(data, problems) {
    const test = compileStringMatcher(data, problems);
    return test && (({ request }) => (test(request.path) ? OK : UNAUTHORIZED));
  },
  lint(data, notes) {
    lintStringMatcher(data, PATHS, notes);
    lintOtherTexts(
      data,
      'path',
      (text, part) => (part === 'whole' || part === 'start') && text.startsWith('/') && !text.includes('%'),
      notes,
    );
  },
};
