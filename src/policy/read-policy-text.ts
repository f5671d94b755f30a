import { Composer, type CST, type Document, isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import { keyPath, type SourceEntry, type SourceNode } from './policy-source.ts';
import type { ProblemList } from './problem-list.ts';
import { tokenizeYaml } from './tokenize-yaml.ts';

/** UTF-16 units, some 256 KiB. */
export const MAX_TEXT = 256 * 1024;
/** A policy needs ten levels at most. */
export const MAX_DEPTH = 32;
/** Nodes after aliases are followed, so that a few lines cannot stand for billions: a few milliseconds to compile. */
export const MAX_NODES = 12_000;

/** Reads YAML 1.2, and so JSON; undefined where it is neither, with the mistakes in `problems`. */
export function readPolicyText(text: string, problems: ProblemList): SourceNode | undefined {
  const root = { path: '', offset: 0 };
  if (text.length > MAX_TEXT) {
    problems.add(root, `expected at most ${MAX_TEXT} characters, got ${text.length}`);
    return undefined;
  }
  const tokens = tokenizeYaml(text, MAX_DEPTH);
  if (tokens === undefined) {
    problems.add(root, `expected at most ${MAX_DEPTH} levels of nesting`);
    return undefined;
  }
  const [document, ...others] = compose(tokens, text.length);
  if (document === undefined) return { kind: 'scalar', value: null, ...root };
  for (const { pos, message } of [...document.errors, ...document.warnings])
    problems.add({ path: '', offset: pos[0] }, `expected YAML or JSON: ${message}`);
  const second = others[0];
  if (second !== undefined)
    problems.add({ path: '', offset: second.range[0] }, 'expected one document, found another after "---"');
  if (problems.found) return undefined;
  return new DocumentReader(problems).read(document.contents, '', 0);
}

function compose(tokens: CST.Token[], length: number): Document.Parsed[] {
  // Repeated keys are found below: the composer's own search is quadratic.
  const composer = new Composer({ version: '1.2', uniqueKeys: false, strict: true, prettyErrors: false });
  return [...composer.compose(tokens, false, length)];
}

class DocumentReader {
  readonly #problems: ProblemList;
  readonly #anchors = new Map<string, Node>();
  #left = MAX_NODES;
  #followed = 0;

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  read(node: Node | null | undefined, path: string, depth: number): SourceNode | undefined {
    const place = { path, offset: node?.range?.[0] };
    this.#left--;
    if (this.#left === 0)
      this.#problems.add(place, 'expected a smaller document: its aliases repeat too much');
    if (this.#left <= 0) return undefined;
    if (depth > MAX_DEPTH) return this.#refuse(place, `expected at most ${MAX_DEPTH} levels of nesting`);
    if (node === null || node === undefined) return { kind: 'scalar', value: null, ...place };
    if (isAlias(node)) return this.#follow(node.source, place, depth);
    // Kept here, because the library looks for an alias's anchor from the document's start, each time. Anchors met
    // again by way of an alias are no news.
    if (node.anchor !== undefined && this.#followed === 0) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) {
      const { value } = node;
      if (value === null || typeof value === 'string' || typeof value === 'boolean')
        return { kind: 'scalar', value, ...place };
      if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'scalar', value, ...place };
      return this.#refuse(place, 'expected text, a finite number, true, false or null');
    }
    if (isSeq<Node | null>(node)) {
      const items = node.items.map((item, index) => this.read(item, `${path}[${index}]`, depth + 1));
      return { kind: 'list', items: items.filter((item) => item !== undefined), ...place };
    }
    if (isMap<Node, Node | null>(node)) {
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

  #follow(
    anchor: string,
    place: { path: string; offset: number | undefined },
    depth: number,
  ): SourceNode | undefined {
    const target = this.#anchors.get(anchor);
    if (target === undefined)
      return this.#refuse(place, `expected an anchor named "${anchor}" before its alias`);
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

  #refuse(place: { path: string; offset: number | undefined }, message: string): undefined {
    this.#problems.add(place, message);
    return undefined;
  }
}
