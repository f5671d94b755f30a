import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
} from 'yaml';
import type { SettingPath } from './setting-path.ts';

/** YAML text as plain values, with the way back to where each was written. */
export interface YamlText {
  readonly value: unknown;
  /** `3:5`, line and column of a key or list item, or of the closest thing that holds it. */
  locate(path: SettingPath): string;
  /** What is wrong with the text as YAML; the value is then undefined. */
  readonly problems: readonly { readonly message: string; readonly position: string }[];
}

/** The library's own messages may quote the text, and with it a secret: these say the same without. */
const PROBLEMS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'the same key stands twice in one map',
  TAB_AS_INDENT: 'expected spaces: YAML is not indented with tabs',
  BAD_INDENT: 'expected another indentation',
  MISSING_CHAR: 'a closing quote, bracket, brace, colon or comma is missing',
  TAG_RESOLVE_FAILED: 'tags such as !name are not taken',
  NON_STRING_KEY: 'expected a text as key',
  MULTIPLE_DOCS: 'expected one document',
};

/** One misplaced bracket may be told a thousand times over. */
const MAX_PROBLEMS = 20;

/** Reads YAML 1.2 without aliases and tags, which a configuration does not need. Never throws. */
export function readYaml(text: string): YamlText {
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const refuse = (message: string, offset: number): YamlText => ({
    value: undefined,
    locate: () => '1:1',
    problems: [{ message, position: at(offset) }],
  });
  try {
    const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
    const document = Array.isArray(documents) ? documents[0] : undefined;
    if (!document) return { value: undefined, locate: () => '1:1', problems: [] };
    if (documents.length > 1) return refuse('expected one document', documents[1]?.range[0] ?? 0);
    const problems = listProblems(document)
      .slice(0, MAX_PROBLEMS)
      .map(({ message, offset }) => ({ message, position: at(offset) }));
    if (problems.length > 0) return { value: undefined, locate: () => '1:1', problems };
    return { value: document.toJS(), locate: (path) => at(offsetOf(document.contents, path)), problems };
  } catch {
    // The parser calls itself for each level of nesting, and runs out of stack.
    return refuse('it is nested too deeply', 0);
  }
}

function listProblems(document: Document.Parsed): { message: string; offset: number }[] {
  const problems = [...document.errors, ...document.warnings].map(({ code, pos }) => ({
    message: PROBLEMS[code] ?? `it is not YAML (${code})`,
    offset: pos[0],
  }));
  visit(document, {
    Alias: (_, alias) => {
      problems.push({ message: 'aliases (*name) are not taken', offset: alias.range?.[0] ?? 0 });
    },
  });
  return problems;
}

function offsetOf(root: Node | null, path: SettingPath): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const segment of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
      if (!pair || !isNode(pair.key)) break;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof segment === 'number') {
      const item = node.items[segment];
      if (!isNode(item)) break;
      offset = item.range?.[0] ?? offset;
      node = item;
    } else break;
  }
  return offset;
}
