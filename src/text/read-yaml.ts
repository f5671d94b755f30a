import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type ParsedNode,
  Parser,
} from 'yaml';
import { keyPath, type Placed, type SourceEntry, type SourceNode } from './source-node.ts';
import { aliasCause, causesOf } from './yaml-causes.ts';

export interface YamlRules {
  /** UTF-16 units. */
  readonly maxCharacters: number;
  readonly maxDepth: number;
  /** Nodes of a document, those that aliases repeat among them. */
  readonly maxNodes?: number;
  /** Nodes of a document that aliases may repeat, so that a few lines cannot stand for billions; 0: none are taken. */
  readonly maxRepeated: number;
  /** The text may hold secrets: messages repeat nothing of it. */
  readonly isSecret?: boolean;
}

export interface YamlDocument {
  /** Undefined if nothing of it can be read. */
  readonly root: SourceNode | undefined;
  /** Mistakes were reported, and `root` lacks what they are about. */
  readonly isBroken: boolean;
  /** Nothing, or comments alone. */
  readonly isEmpty: boolean;
  readonly start: number;
  /** How far the text has been read. */
  readonly end: number;
}

/** Told of a mistake and its place. */
export type ReportMistake = (at: Placed, message: string) => void;

/** The parser keeps up to three entries for a level of nesting. */
const STACK_PER_LEVEL = 3;

/** Reads the documents of YAML 1.2 text (JSON is YAML), each when it is asked for. Never throws. */
export function* readYaml(
  text: string,
  rules: YamlRules,
  report: ReportMistake,
): Generator<YamlDocument, void> {
  const { maxCharacters, maxDepth } = rules;
  const whole = { path: '', offset: 0 };
  if (text.length > maxCharacters)
    return report(whole, `expected at most ${maxCharacters} characters, got ${text.length}`);
  const parser = new Parser();
  const composer = new Composer({
    version: '1.2',
    // A key is the text that is written: 1.10 is not 1.1.
    stringKeys: true,
    // Repeated keys are found below: the library's own search is quadratic.
    uniqueKeys: false,
    prettyErrors: false,
  });
  const understand = (document: Document.Parsed): YamlDocument => {
    const [start, , end] = document.range;
    const isEmpty = hasNothing(document);
    const causes = [...causesOf(document, text, rules.isSecret === true)];
    for (const { offset, message } of causes) report({ path: '', offset }, message);
    if (causes.length > 0) return { root: undefined, isBroken: true, isEmpty, start, end };
    const reader = new DocumentReader(rules, report);
    const root = reader.read(document.contents, '', 0);
    const placed = root && { ...root, offset: root.offset ?? start };
    return { root: placed, isBroken: reader.hasRefused, isEmpty, start, end };
  };
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme))
      for (const document of composer.next(token)) yield understand(document);
    // Composing recurses, and the regular expressions that it compiles end the process when little stack is left.
    if (parser.stack.length > STACK_PER_LEVEL * maxDepth)
      return report({ path: '', offset: parser.offset }, `expected at most ${maxDepth} levels of nesting`);
  }
  for (const token of parser.end()) for (const document of composer.next(token)) yield understand(document);
  for (const document of composer.end(true, text.length)) yield understand(document);
}

function hasNothing({ contents }: Document.Parsed): boolean {
  return contents === null || (isScalar(contents) && contents.type === 'PLAIN' && contents.source === '');
}

class DocumentReader {
  readonly #rules: YamlRules;
  readonly #report: ReportMistake;
  readonly #anchors = new Map<string, Node>();
  #left: number;
  #repeatable: number;
  #followed = 0;
  hasRefused = false;

  constructor(rules: YamlRules, report: ReportMistake) {
    this.#rules = rules;
    this.#report = report;
    this.#left = rules.maxNodes ?? Number.POSITIVE_INFINITY;
    this.#repeatable = rules.maxRepeated;
  }

  read(node: Node | null | undefined, path: string, depth: number): SourceNode | undefined {
    const place = { path, offset: node?.range?.[0] };
    if (!this.#hasRoom(place)) return undefined;
    if (depth > this.#rules.maxDepth)
      return this.#refuse(place, `expected at most ${this.#rules.maxDepth} levels of nesting`);
    if (node === null || node === undefined) return { kind: 'scalar', value: null, ...place };
    if (isAlias(node)) return this.#follow(node.source, place, depth);
    // Kept here, because the library looks for an alias's anchor from the document's start, each time. Anchors met
    // again by way of an alias are no news.
    if (node.anchor !== undefined && this.#followed === 0) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) {
      const { value, type } = node;
      if (
        value === null ||
        typeof value === 'string' ||
        typeof value === 'boolean' ||
        (typeof value === 'number' && Number.isFinite(value))
      )
        return { kind: 'scalar', value, ...(type === 'BLOCK_LITERAL' && { isBlock: true }), ...place };
      return this.#refuse(place, 'expected text, a finite number, true, false or null');
    }
    if (isSeq<Node | null>(node)) {
      const items = node.items.map((item, index) => this.read(item, `${path}[${index}]`, depth + 1));
      return { kind: 'list', items: items.filter((item) => item !== undefined), ...place };
    }
    if (isMap<ParsedNode, ParsedNode | null>(node)) {
      const entries: SourceEntry[] = [];
      const keys = new Set<string>();
      for (const pair of node.items) {
        const entry = this.#readEntry(pair.key, pair.value, path, depth, keys);
        if (entry !== undefined) entries.push(entry);
      }
      return { kind: 'map', entries, ...place };
    }
    return this.#refuse(place, 'expected a map, a list or a plain value');
  }

  /** Says so once where the document has too many nodes. */
  #hasRoom(place: Placed): boolean {
    this.#left--;
    if (this.#followed > 0) this.#repeatable--;
    const isFull = this.#left < 0 || this.#repeatable < 0;
    if (this.#left === -1 || this.#repeatable === -1)
      this.#refuse(place, 'expected a smaller document: its aliases repeat too much');
    return !isFull;
  }

  #follow(anchor: string, place: Placed, depth: number): SourceNode | undefined {
    const { maxRepeated, isSecret } = this.#rules;
    const target = maxRepeated === 0 ? undefined : this.#anchors.get(anchor);
    if (target === undefined) return this.#refuse(place, aliasCause(isSecret ? undefined : anchor));
    this.#followed++;
    const node = this.read(target, place.path, depth + 1);
    this.#followed--;
    return node && { ...node, offset: place.offset };
  }

  #readEntry(
    key: Node,
    value: Node | null,
    path: string,
    depth: number,
    keys: Set<string>,
  ): SourceEntry | undefined {
    const offset = key.range?.[0];
    if (!isScalar(key) || typeof key.value !== 'string')
      return this.#refuse({ path, offset }, 'expected a name as key');
    const place = { path: keyPath(path, key.value), offset };
    if (keys.has(key.value)) return this.#refuse(place, 'expected each key once, found it again');
    keys.add(key.value);
    const content = this.read(value, place.path, depth + 1);
    if (content === undefined) return undefined;
    return {
      key: key.value,
      value: content.offset === undefined ? { ...content, offset } : content,
      ...place,
    };
  }

  #refuse(place: Placed, message: string): undefined {
    this.hasRefused = true;
    this.#report(place, message);
    return undefined;
  }
}
