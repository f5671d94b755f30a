/** The structure of an RE2 expression, as far as it decides on the cost. */
export type RegexShape =
  /** Matches one character: `only` this one, or one of a set. */
  | { readonly kind: 'character'; readonly only: string | undefined }
  /** Matches no character: empty, or a condition such as `^`. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexShape[] }
  | { readonly kind: 'alternatives'; readonly parts: readonly RegexShape[] }
  | { readonly kind: 'capture'; readonly part: RegexShape }
  /** `max` may be Infinity. */
  | { readonly kind: 'repeat'; readonly part: RegexShape; readonly min: number; readonly max: number };

export interface ParsedShape {
  readonly shape: RegexShape;
  /** Maximum character ranges of its classes. */
  readonly ranges: number;
}

const SET: RegexShape = { kind: 'character', only: undefined };
const EMPTY: RegexShape = { kind: 'empty' };

/** The text with which every match begins, which is often empty. */
export function beginningOf(shape: RegexShape): string {
  const parts = shape.kind === 'sequence' ? shape.parts : [shape];
  let beginning = '';
  for (const part of parts) {
    if (part.kind === 'empty') continue;
    if (part.kind !== 'character' || part.only === undefined) break;
    beginning += part.only;
  }
  return beginning;
}

/** Ranges of the largest Unicode class with case folding. */
const UNICODE_CLASS = 1500;
/** Ranges of `\w`, `[:alpha:]` and similar classes with case folding. */
const NAMED_CLASS = 150;

/**
 * Reads the structure of an expression in one pass. Never fails: the compiler refuses text that is not an expression. If
 * a text is ambiguous, the result is the more costly structure.
 */
export function parseRegexShape(pattern: string): ParsedShape {
  return new ShapeParser(pattern).parse();
}

const REPEAT = /\{(0|[1-9]\d*)(,(0|[1-9]\d*)?)?\}/y;
const GROUP = /\(\?(?:P?<[^>]*>|[a-zA-Z-]*[:)])/y;
const POSIX_CLASS = /\[:\^?[a-z]*:\]/y;
const UNICODE = /\\[pP](?:\{[^}]*\}|.)/suy;
const ESCAPE = /\\(?:x\{[^}]*\}|x.{0,2}|[0-7]{1,3}|.)/suy;
const CHARACTER = /./suy;

/** A group that is being read. */
interface OpenGroup {
  readonly capture: boolean;
  /** Whether case folding was on before the group. */
  readonly foldsOutside: boolean;
  readonly alternatives: RegexShape[];
  sequence: RegexShape[];
}

class ShapeParser {
  readonly #pattern: string;
  #at = 0;
  #folds = false;
  #ranges = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  parse(): ParsedShape {
    const open: OpenGroup[] = [];
    let group: OpenGroup = this.#openGroup(false);
    let alternatives = 0;
    while (this.#at < this.#pattern.length) {
      const character = this.#pattern[this.#at];
      switch (character) {
        case '(': {
          const started = this.#startGroup();
          if (started === undefined) break;
          open.push(group);
          group = started;
          break;
        }
        case ')': {
          this.#at++;
          const outer = open.pop();
          if (outer === undefined) break;
          const whole = wholeOf(group);
          outer.sequence.push(group.capture ? { kind: 'capture', part: whole } : whole);
          this.#folds = group.foldsOutside;
          group = outer;
          break;
        }
        case '|':
          this.#at++;
          alternatives++;
          group.alternatives.push(sequenceOf(group.sequence));
          group.sequence = [];
          break;
        case '*':
        case '+':
        case '?':
          this.#at++;
          this.#repeat(group, character === '+' ? 1 : 0, character === '?' ? 1 : Number.POSITIVE_INFINITY);
          break;
        case '{': {
          const [text, min, upTo, max] = this.#take(REPEAT) ?? [];
          if (text === undefined) this.#literal(group);
          else {
            const least = Number(min);
            const open = upTo === undefined ? least : Number.POSITIVE_INFINITY;
            this.#repeat(group, least, max === undefined ? open : Number(max));
          }
          break;
        }
        case '[':
          this.#at++;
          this.#skipClass();
          group.sequence.push(SET);
          break;
        case '.':
          this.#at++;
          group.sequence.push(SET);
          break;
        case '^':
        case '$':
          this.#at++;
          group.sequence.push(EMPTY);
          break;
        case '\\':
          this.#readEscape(group);
          break;
        default:
          this.#literal(group);
      }
    }
    // Groups that are not closed.
    for (let outer = open.pop(); outer; outer = open.pop()) {
      outer.sequence.push({ kind: 'capture', part: wholeOf(group) });
      group = outer;
    }
    // The compiler merges alternatives that are classes, and copies the merged class with each.
    return { shape: wholeOf(group), ranges: this.#ranges * (1 + alternatives) };
  }

  #openGroup(capture: boolean): OpenGroup {
    return { capture, foldsOutside: this.#folds, alternatives: [], sequence: [] };
  }

  /** Undefined for `(?i)`, which does not begin a group. */
  #startGroup(): OpenGroup | undefined {
    const start = this.#take(GROUP)?.[0];
    if (start === undefined) {
      this.#at++;
      return this.#openGroup(true);
    }
    if (start.includes('<')) return this.#openGroup(true);
    const group = this.#openGroup(false);
    // Case folding stays on within the group, even for (?-i), because that is more costly.
    if (start.includes('i')) this.#folds = true;
    return start.endsWith(')') ? undefined : group;
  }

  #repeat(group: OpenGroup, min: number, max: number): void {
    if (this.#pattern[this.#at] === '?') this.#at++;
    const part = group.sequence.pop();
    if (part) group.sequence.push({ kind: 'repeat', part, min, max: Math.max(min, max) });
  }

  #literal(group: OpenGroup): void {
    const [text = ''] = this.#take(CHARACTER) ?? [];
    group.sequence.push(this.#character(text));
  }

  #character(text: string): RegexShape {
    // With case folding a letter matches a set.
    if (this.#folds && /[^\x00-\x40\x5b-\x60\x7b-\x7f]/.test(text)) return SET;
    return { kind: 'character', only: text };
  }

  #readEscape(group: OpenGroup): void {
    if (this.#take(UNICODE)) {
      this.#countRanges(UNICODE_CLASS);
      group.sequence.push(SET);
      return;
    }
    const text = this.#take(ESCAPE)?.[0];
    if (text === undefined) this.#at++;
    else if (/^\\[AzbB]$/.test(text)) group.sequence.push(EMPTY);
    else if (text === '\\Q') this.#readQuoted(group);
    else if (/^\\[^A-Za-z0-9]$/.test(text)) group.sequence.push(this.#character(text.slice(1)));
    else {
      if (/^\\[dDsSwW]$/.test(text)) this.#countRanges(NAMED_CLASS);
      group.sequence.push(SET);
    }
  }

  #readQuoted(group: OpenGroup): void {
    const end = this.#pattern.indexOf('\\E', this.#at);
    const stop = end === -1 ? this.#pattern.length : end;
    while (this.#at < stop) this.#literal(group);
    if (end !== -1) this.#at = end + 2;
  }

  /** Skips from after the `[` to after its `]`. */
  #skipClass(): void {
    if (this.#pattern[this.#at] === '^') this.#at++;
    this.#countRanges(2);
    let isFirst = true;
    while (this.#at < this.#pattern.length && (isFirst || this.#pattern[this.#at] !== ']')) {
      isFirst = false;
      if (this.#take(POSIX_CLASS)) this.#countRanges(NAMED_CLASS);
      else if (this.#take(UNICODE)) this.#countRanges(UNICODE_CLASS);
      else this.#readRange();
    }
    this.#at++;
  }

  #readRange(): void {
    const first = this.#readClassCharacter();
    const isRange = this.#pattern[this.#at] === '-' && this.#pattern[this.#at + 1] !== ']';
    if (!isRange) {
      this.#countRanges(this.#folds || first === undefined ? NAMED_CLASS : 1);
      return;
    }
    this.#at++;
    const last = this.#readClassCharacter();
    // With case folding the compiler looks up each character of the range.
    const width = first !== undefined && last !== undefined ? Math.max(1, last - first + 1) : 0x110000;
    this.#countRanges(this.#folds ? 4 * width : 1);
  }

  /** The code point. Undefined if an escape other than for punctuation stands for it. */
  #readClassCharacter(): number | undefined {
    if (this.#pattern[this.#at] !== '\\') return this.#take(CHARACTER)?.[0].codePointAt(0);
    const text = this.#take(ESCAPE)?.[0];
    if (text === undefined) this.#at++;
    return text !== undefined && /^\\[^A-Za-z0-9]$/.test(text) ? text.codePointAt(1) : undefined;
  }

  #countRanges(count: number): void {
    this.#ranges += count;
  }

  #take(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#pattern);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match;
  }
}

function sequenceOf(parts: readonly RegexShape[]): RegexShape {
  const [first, second] = parts;
  if (first === undefined) return EMPTY;
  return second === undefined ? first : { kind: 'sequence', parts };
}

function wholeOf({ alternatives, sequence }: OpenGroup): RegexShape {
  const last = sequenceOf(sequence);
  return alternatives.length === 0 ? last : { kind: 'alternatives', parts: [...alternatives, last] };
}
