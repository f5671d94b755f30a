import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { estimateRegexCost, LONGEST_PATH } from '../../src/routes/regex-cost.ts';

/** RE2 syntax, made of few characters so that many of its parts take the same ones. */
const pattern = fc.letrec<{ whole: string; sequence: string; item: string; atom: string }>((tie) => ({
  whole: fc.array(tie('sequence'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('|')),
  sequence: fc.array(tie('item'), { maxLength: 6 }).map((parts) => parts.join('')),
  item: fc
    .tuple(
      tie('atom'),
      fc.oneof(
        { weight: 4, arbitrary: fc.constant('') },
        fc.constantFrom(
          '*',
          '+',
          '?',
          '*?',
          '+?',
          '??',
          '{3}',
          '{0,2}',
          '{2,}',
          '{0}',
          '{0,}',
          '{1,7}?',
          '{30}',
        ),
      ),
    )
    .map(([atom, repeat]) => `${atom}${repeat}`),
  atom: fc.oneof(
    { maxDepth: 4 },
    { weight: 4, arbitrary: fc.constantFrom('a', 'b', '/', 'ab', 'aa', 'A') },
    fc.constantFrom(
      '.',
      '[ab]',
      '[^/]',
      '[^a]',
      '\\w',
      '\\W',
      '\\d',
      '\\pL',
      '\\p{Greek}',
      '\\PN',
      '[[:alpha:]]',
      '[a-z]',
    ),
    fc.constantFrom(
      '^',
      '$',
      '\\b',
      '\\B',
      '\\A',
      '\\z',
      '(?i)',
      '(?:)',
      '\\.',
      '\\x61',
      '\\x{61}',
      '\\Qa*b\\E',
      '{',
      '\\141',
    ),
    fc
      .tuple(fc.constantFrom('(', '(?:', '(?i:', '(?P<n>', '(?s:', '(?U:'), tie('whole'))
      .map(([start, whole]) => `${start}${whole})`),
  ),
})).whole;

interface Instruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  readonly runes: Int32Array;
  matchRune(rune: number): boolean;
}

/** The instructions that are looked at for each place of a text: reached through those that took what stands before. */
function countVisits(program: { inst: Instruction[]; start: number }, text: string): number[] {
  const visits: number[] = [];
  let begin = [program.start];
  for (let at = 0; at <= text.length; at++) {
    const reached = new Set<number>();
    const open = [...begin];
    const next = new Set<number>();
    for (let pc = open.pop(); pc !== undefined; pc = open.pop()) {
      const instruction = program.inst[pc];
      if (instruction === undefined || pc === 0 || reached.has(pc)) continue;
      reached.add(pc);
      // Choices; what is empty, whether or not it holds; what takes a character.
      if (instruction.op <= 2) open.push(instruction.out, instruction.arg);
      else if (instruction.op === 3 || instruction.op === 4 || instruction.op === 7)
        open.push(instruction.out);
      else if (instruction.op >= 8 && at < text.length && takes(instruction, text.charCodeAt(at)))
        next.add(instruction.out);
    }
    visits.push(reached.size);
    begin = [...next];
  }
  return visits;
}

function takes(instruction: Instruction, rune: number): boolean {
  return instruction.op === 10 || (instruction.op === 11 ? rune !== 10 : instruction.matchRune(rune));
}

function tryCompile(text: string): RE2JS | undefined {
  try {
    return RE2JS.compile(text);
  } catch {
    return undefined;
  }
}

/** As long as a path may be, and the same over and over. */
const path = fc
  .array(fc.constantFrom('a', 'b', '/', 'A'), { minLength: 1, maxLength: 8 })
  .map((parts) => `/${parts.join('').repeat(LONGEST_PATH)}`.slice(0, LONGEST_PATH));

test('property: no program is larger than its estimate, is looked at in more places, or matches what begins otherwise', () => {
  let tried = 0;
  fc.assert(
    fc.property(pattern, path, (text, asked) => {
      const estimate = estimateRegexCost(text);
      if (estimate.instructions > 2000) return;
      const compiled = tryCompile(text);
      if (compiled === undefined) return;
      tried++;
      const { prog } = compiled.re2();
      assert.ok(compiled.programSize() <= estimate.instructions, `${compiled.programSize()} instructions`);
      const visits = countVisits(prog, asked);
      const total = visits.reduce((sum, count) => sum + count, 0);
      const bound = estimate.cost * LONGEST_PATH;
      assert.ok(total <= bound, `${total} steps, estimated as ${bound}`);
      if (compiled.matches(asked)) assert.ok(asked.startsWith(estimate.beginning), estimate.beginning);
    }),
    { numRuns: 2000 },
  );
  assert.ok(tried > 1000, `${tried} expressions`);
});
