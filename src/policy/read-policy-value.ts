import type { SourceEntry, SourceNode } from '../text/source-node.ts';
import { keyPath } from '../text/source-node.ts';
import type { ProblemList } from './problem-list.ts';
import { MAX_DEPTH, MAX_NODES, readPolicyText } from './read-policy-text.ts';

/** Reads a document: text, or its parsed value. */
export function readPolicy(source: unknown, problems: ProblemList): SourceNode | undefined {
  return typeof source === 'string' ? readPolicyText(source, problems) : readPolicyValue(source, problems);
}

/** Reads the value of YAML or JSON text. Undefined if it is anything else, with the reasons in `problems`. */
export function readPolicyValue(value: unknown, problems: ProblemList): SourceNode | undefined {
  try {
    return new ValueReader(problems).read(value, '', 0);
  } catch {
    // A getter or a proxy threw.
    return problems.add({ path: '', offset: undefined }, 'expected plain data');
  }
}

class ValueReader {
  readonly #problems: ProblemList;
  #left = MAX_NODES;

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  read(value: unknown, path: string, depth: number): SourceNode | undefined {
    const place = { path, offset: undefined };
    this.#left--;
    if (this.#left === 0) this.#problems.add(place, 'expected a smaller document');
    if (this.#left <= 0) return undefined;
    if (depth > MAX_DEPTH) return this.#refuse(path, `expected at most ${MAX_DEPTH} levels of nesting`);
    if (value === null || typeof value === 'string' || typeof value === 'boolean')
      return { kind: 'scalar', value, ...place };
    if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'scalar', value, ...place };
    if (Array.isArray(value)) {
      const items: SourceNode[] = [];
      for (const [index, item] of value.entries()) {
        const node = this.read(item, `${path}[${index}]`, depth + 1);
        if (node !== undefined) items.push(node);
        if (this.#left <= 0) break;
      }
      return { kind: 'list', items, ...place };
    }
    if (isPlainObject(value)) {
      const entries: SourceEntry[] = [];
      for (const [key, item] of Object.entries(value)) {
        const at = { path: keyPath(path, key), offset: undefined };
        const node = this.read(item, at.path, depth + 1);
        if (node !== undefined) entries.push({ key, value: node, ...at });
        if (this.#left <= 0) break;
      }
      return { kind: 'map', entries, ...place };
    }
    return this.#refuse(path, 'expected a map, a list, text, a finite number, true, false or null');
  }

  #refuse(path: string, message: string): undefined {
    this.#problems.add({ path, offset: undefined }, message);
    return undefined;
  }
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
