import { readYaml } from '../text/read-yaml.ts';
import { offsetAt, plainValue } from '../text/source-node.ts';
import { TextLines } from '../text/text-lines.ts';
import type { SettingPath } from './setting-path.ts';

/** YAML text as plain values, with their places in the text. */
export interface YamlText {
  /** Undefined if the text is empty or has problems. */
  readonly value: unknown;
  /** `3:5`, line and column of a key or list item, or of its closest parent. */
  locate(path: SettingPath): string;
  /** What is wrong with the text as YAML; never quotes it, because it may hold a secret. */
  readonly problems: readonly { readonly message: string; readonly position: string }[];
}

/** A configuration needs no aliases. */
const RULES = { maxCharacters: 256 * 1024, maxDepth: 64, maxRepeated: 0, isSecret: true };

/** Never throws. */
export function readYamlText(text: string): YamlText {
  const lines = new TextLines(text);
  const position = (offset = 0) => {
    const { line, column } = lines.at(offset);
    return `${line}:${column}`;
  };
  const problems: { message: string; position: string }[] = [];
  const report = (offset: number | undefined, message: string) =>
    problems.push({ message, position: position(offset) });
  const [document, second] = readYaml(text, RULES, ({ offset }, message) => report(offset, message));
  if (second !== undefined) report(second.start, 'expected one document, found another after "---"');
  const root = problems.length > 0 || document?.isEmpty ? undefined : document?.root;
  return {
    value: root && plainValue(root),
    locate: (path) => position(root && offsetAt(root, path)),
    problems,
  };
}
