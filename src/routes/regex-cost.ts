import { beginningOf, parseRegexShape, type RegexShape } from './regex-shape.ts';

/** The maximum cost of a regular expression. See `docs/concepts.md`. */
export interface RegexCost {
  /** Instructions of its program. */
  readonly instructions: number;
  /** Character ranges to compile. A Unicode class has thousands. */
  readonly ranges: number;
  /**
   * Instructions that a matcher may run per character of the path: those that follow an instruction which the same
   * character can match. Instructions at a fixed place only count for the size.
   */
  readonly cost: number;
  /** The text with which every match begins. The matcher does not run on other paths. */
  readonly beginning: string;
}

/** Characters of the longest path that regular expressions match. A longer one is refused. */
export const LONGEST_PATH = 512;

/** Instructions that run once and cost at most as much as one that runs per character. */
const INSTRUCTIONS_PER_STEP = 64;

/**
 * Estimates an upper bound without compiling, in time linear in the pattern. For text that is not a regular expression,
 * the cost is that of finding this out.
 */
export function estimateRegexCost(pattern: string): RegexCost {
  const { shape, ranges } = parseRegexShape(pattern);
  const root = measure(shape);
  // Plus the instructions for failure and match.
  const instructions = root.instructions + 2;
  const steps = new Steps();
  steps.add(root, 1, 1, true);
  const perCharacter = Math.min(instructions, steps.perCharacter());
  const cost = perCharacter + Math.ceil(instructions / INSTRUCTIONS_PER_STEP);
  return { instructions, ranges, cost, beginning: beginningOf(shape) };
}

/** A part of an expression with its own measures. */
interface Measured {
  readonly shape: RegexShape;
  readonly parts: readonly Measured[];
  readonly instructions: number;
  /** Instructions that are reachable from its beginning without a character. */
  readonly entry: number;
  readonly nullable: boolean;
  /** Whether all matches have the same length. */
  readonly fixedLength: boolean;
  /** The length of a match, if it is fixed. */
  readonly length: number;
}

function measure(shape: RegexShape): Measured {
  switch (shape.kind) {
    case 'character':
      return leaf(shape, { nullable: false, length: 1 });
    case 'empty':
      return leaf(shape, { nullable: true, length: 0 });
    case 'sequence': {
      const parts = shape.parts.map(measure);
      let entry = 0;
      for (const part of parts) {
        entry += part.entry;
        if (!part.nullable) break;
      }
      return {
        shape,
        parts,
        instructions: sum(parts, (part) => part.instructions),
        entry,
        nullable: parts.every((part) => part.nullable),
        fixedLength: parts.every((part) => part.fixedLength),
        length: sum(parts, (part) => part.length),
      };
    }
    case 'alternatives': {
      const parts = shape.parts.map(measure);
      const own = branchesOf(parts);
      return {
        shape,
        parts,
        instructions: sum(parts, (part) => part.instructions) + own,
        entry: sum(parts, (part) => part.entry) + own,
        nullable: parts.some((part) => part.nullable),
        fixedLength: parts.every((part) => part.fixedLength && part.length === parts[0]?.length),
        length: parts[0]?.length ?? 0,
      };
    }
    case 'capture': {
      const part = measure(shape.part);
      return { ...part, shape, parts: [part], instructions: part.instructions + 2, entry: part.entry + 2 };
    }
    case 'repeat': {
      const part = measure(shape.part);
      const { min, max } = shape;
      const copies = copiesOf(shape);
      const own = max === Number.POSITIVE_INFINITY ? 2 : max - min;
      return {
        shape,
        parts: [part],
        instructions: copies * part.instructions + own,
        entry: part.nullable ? copies * part.entry + own : part.entry + (min === 0 ? 1 : 0),
        nullable: min === 0 || part.nullable,
        fixedLength: part.fixedLength && (min === max || part.length === 0),
        length: part.length * min,
      };
    }
    default:
      return shape satisfies never;
  }
}

function leaf(shape: RegexShape, { nullable, length }: { nullable: boolean; length: number }): Measured {
  return { shape, parts: [], instructions: 1, entry: 1, nullable, fixedLength: true, length };
}

/** Instructions that choose between alternatives. A compiler may factor out a shared beginning. */
function branchesOf(parts: readonly Measured[]): number {
  return sharesBeginnings(parts) ? 2 * parts.length : parts.length;
}

function sharesBeginnings(parts: readonly Measured[]): boolean {
  const beginnings = new Set<string>();
  for (const part of parts) {
    const beginning = firstCharacterOf(part);
    if (beginning === undefined || beginnings.has(beginning)) return true;
    beginnings.add(beginning);
  }
  return false;
}

/** The single character with which a part begins. Undefined if it is not a single one. */
function firstCharacterOf({ shape, parts: [first] }: Measured): string | undefined {
  if (shape.kind === 'character') return shape.only;
  return shape.kind === 'sequence' && first?.shape.kind === 'character' ? first.shape.only : undefined;
}

/** Copies of a repeated part in the program, at least one. */
function copiesOf({ min, max }: { readonly min: number; readonly max: number }): number {
  return Math.max(1, max === Number.POSITIVE_INFINITY ? min : max);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  let total = 0;
  for (const item of items) total += of(item);
  return total;
}

/**
 * Adds up the instructions that a matcher may run after one character: for each instruction that can match it, those that
 * are reachable from there. All instructions for sets may match the same character. Of those for a single character, only
 * the ones for that character match it.
 */
class Steps {
  #atOnePlace = 0;
  #ofSets = 0;
  readonly #ofCharacters = new Map<string, number>();

  /**
   * @param after instructions that are reachable without a character from the end of the part
   * @param copies copies of the part in the program
   * @param fixed whether each copy begins at only one place of the path
   */
  add(part: Measured, after: number, copies: number, fixed: boolean): void {
    const { shape, parts } = part;
    switch (shape.kind) {
      case 'character':
        if (fixed) this.#atOnePlace += copies * after;
        else if (shape.only === undefined) this.#ofSets += copies * after;
        else this.#ofCharacters.set(shape.only, (this.#ofCharacters.get(shape.only) ?? 0) + copies * after);
        return;
      case 'empty':
        return;
      case 'sequence': {
        const ends = endsOf(parts, after);
        let isFixed = fixed;
        for (const [index, each] of parts.entries()) {
          this.add(each, ends[index] ?? after, copies, isFixed);
          isFixed &&= each.fixedLength;
        }
        return;
      }
      case 'alternatives':
        // If a shared beginning is factored out, the branches follow it, and each of its characters.
        if (sharesBeginnings(parts))
          if (fixed) this.#atOnePlace += copies * branchesOf(parts);
          else this.#ofSets += copies * branchesOf(parts);
        for (const each of parts) this.add(each, after, copies, fixed);
        return;
      case 'capture':
        for (const each of parts) this.add(each, after + 1, copies, fixed);
        return;
      case 'repeat': {
        const [each] = parts;
        if (each === undefined) return;
        const count = copiesOf(shape);
        const next = each.nullable ? part.entry : each.entry + 1;
        const isFixed = fixed && each.fixedLength && shape.max !== Number.POSITIVE_INFINITY;
        this.add(each, next + after, copies * count, isFixed);
        return;
      }
      default:
        shape satisfies never;
    }
  }

  perCharacter(): number {
    const once = Math.ceil(this.#atOnePlace / LONGEST_PATH);
    return once + this.#ofSets + Math.max(0, ...this.#ofCharacters.values());
  }
}

/** For each part of a sequence, the instructions that are reachable from its end. */
function endsOf(parts: readonly Measured[], after: number): number[] {
  const ends: number[] = [];
  let end = after;
  for (const part of parts.toReversed()) {
    ends.push(end);
    end = part.entry + (part.nullable ? end : 0);
  }
  return ends.reverse();
}
