import { type Document, isScalar, visit, type YAMLParseError } from 'yaml';

/** What is wrong with text as YAML, and what to write instead. */
export interface YamlCause {
  readonly offset: number;
  readonly message: string;
}

interface Fault {
  /** The library's own message, which may quote the text. */
  readonly detail: string;
  readonly offset: number;
  /** The rest of the line, without a comment; undefined if messages may not repeat it. */
  readonly rest: string | undefined;
  /** What the text has there. */
  readonly first: string;
  /** Whether nothing but spaces precedes it on its line. */
  readonly isFirstOfLine: boolean;
  readonly document: Document.Parsed;
}

type Cause = string | ((fault: Fault) => string | YamlCause);

const MISSING_COLON = 'expected a colon and a space after the key';
const OTHER_INDENTATION = 'expected the indentation of the lines above';

/** By the library's code. */
const CAUSES: Readonly<Partial<Record<YAMLParseError['code'], Cause>>> = {
  TAB_AS_INDENT: 'expected spaces: YAML is not indented with tabs',
  BAD_SCALAR_START: ({ rest, first }) => quoteIt(rest, `no plain text starts with ${first}`),
  BAD_ALIAS: ({ rest, first }) =>
    quoteIt(rest, first === '*' ? 'a bare * starts an alias' : 'a bare & names an anchor'),
  TAG_RESOLVE_FAILED: ({ rest }) => `${quoteIt(rest, 'a bare ! starts a tag')}; tags are not taken`,
  BAD_DQ_ESCAPE: 'expected \\\\ for a backslash in double quotes; in single quotes it stands for itself',
  BLOCK_AS_IMPLICIT_KEY: ({ detail, rest }) =>
    detail.includes('compact mappings')
      ? quoteIt(rest, 'a colon and a space start a value')
      : OTHER_INDENTATION,
  MULTILINE_IMPLICIT_KEY: ({ first }) => (first === '-' ? 'expected a key, found an item' : MISSING_COLON),
  BAD_INDENT: ({ detail }) => closing(detail) ?? OTHER_INDENTATION,
  MISSING_CHAR: ({ detail, offset, document }) => {
    const quote = /closing (["'])/.exec(detail)?.[1];
    if (detail.includes('directives-end')) return 'expected "---" after the directives';
    if (quote === undefined) return closing(detail) ?? MISSING_COLON;
    return { offset: openingQuote(document, offset) ?? offset, message: `the closing ${quote} is missing` };
  },
  UNEXPECTED_TOKEN: ({ detail, first, isFirstOfLine }) => {
    if (detail.includes('same line with key')) return 'expected the list on lines of its own, below the key';
    if (detail.includes('Block scalar header') || detail.startsWith('Not a YAML token'))
      return 'expected nothing after | or >, which start text of several lines below: quote text of one line';
    if (/^[\]},[{:]$/.test(first)) return `did not expect "${first}" here`;
    return isFirstOfLine ? OTHER_INDENTATION : 'expected nothing more after the value: quote all of it';
  },
  NON_STRING_KEY: 'expected a name as key',
  KEY_OVER_1024_CHARS: 'expected a key of at most 1024 characters',
  BAD_DIRECTIVE: ({ rest }) => quoteIt(rest, 'a % at the start of a line is a directive'),
};

/** Maximum causes per document: one misplaced bracket may be reported a thousand times. */
const MAX_CAUSES = 20;

/** The mistakes of a document, one per line, because one mistake causes others. */
export function* causesOf(document: Document.Parsed, text: string, isSecret: boolean): Generator<YamlCause> {
  const lines = new Set<number>();
  const { yaml } = document.directives ?? {};
  if (yaml?.version === '1.1')
    yield { offset: document.range[0], message: 'expected YAML 1.2, which reads some plain texts otherwise' };
  const indented = document.errors.filter(({ code }) => code === 'MULTILINE_IMPLICIT_KEY');
  for (const { code, pos, message } of [...document.errors, ...document.warnings]) {
    // The text of a value goes on below it, where a key was meant.
    const below = indented.find((other) => other.pos[0] === pos[0] && other.code !== code);
    const offset = below ? text.lastIndexOf('\n', below.pos[1] - 1) + 1 : pos[0];
    const start = text.lastIndexOf('\n', offset - 1) + 1;
    if (lines.has(start) || lines.size === MAX_CAUSES) continue;
    lines.add(start).add(text.lastIndexOf('\n', pos[0] - 1) + 1);
    const cause = below
      ? 'expected no key below a value: indent it as the key of that value'
      : (CAUSES[code] ?? `expected YAML or JSON (${code})`);
    const rest = /^.*?(?= #|\r?\n|$)/.exec(text.slice(offset, offset + 200))?.[0].trimEnd() ?? '';
    const said =
      typeof cause === 'string'
        ? cause
        : cause({
            detail: message,
            offset,
            rest: isSecret ? undefined : rest,
            first: text.charAt(offset),
            isFirstOfLine: text.slice(start, offset).trim() === '',
            document,
          });
    yield typeof said === 'string' ? { offset, message: said } : said;
  }
}

/** What to write in place of an alias that was meant as text. @param name undefined if messages may not repeat it */
export function aliasCause(name: string | undefined): string {
  if (name === undefined) return quoteIt(undefined, 'a bare * starts an alias, and aliases are not taken');
  return quoteIt(`*${name}`, `a bare * starts an alias, and there is no anchor ${JSON.stringify(name)}`);
}

function quoteIt(text: string | undefined, reason: string): string {
  if (text === undefined) return `quote the text: ${reason}`;
  return `quote it: ${JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)} (${reason})`;
}

function closing(detail: string): string | undefined {
  const bracket = /(?:end with an?|closing) ([\]}])/.exec(detail)?.[1];
  return bracket === undefined ? undefined : `the closing ${bracket} is missing, or is indented too little`;
}

/** Where the text in quotes begins that ends there. */
function openingQuote(document: Document.Parsed, end: number): number | undefined {
  let opening: number | undefined;
  visit(document, {
    Scalar(_, node) {
      if (!isScalar(node) || !node.type?.startsWith('QUOTE') || !node.range) return undefined;
      if (node.range[1] !== end) return undefined;
      opening = node.range[0];
      return visit.BREAK;
    },
  });
  return opening;
}
