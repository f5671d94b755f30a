import { type CST, Lexer, Parser } from 'yaml';

/** The parser keeps up to three entries for a level of nesting. */
const STACK_PER_LEVEL = 3;

/**
 * The tokens of YAML text, or undefined where it is nested deeper than `maxDepth`. Composing recurses, and the regular
 * expressions that it compiles end the whole process when little stack is left, so depth is bounded before.
 * @param onNewLine told of the offset of each line
 */
export function tokenizeYaml(
  text: string,
  maxDepth: number,
  onNewLine?: (offset: number) => void,
): CST.Token[] | undefined {
  const parser = new Parser(onNewLine);
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > STACK_PER_LEVEL * maxDepth) return undefined;
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}
