/** A place in a document. */
export interface Placed {
  readonly path: string;
  /** Where it starts in the text; absent if the document did not come as text. */
  readonly offset: number | undefined;
}

export type ScalarValue = string | number | boolean | null;

export interface SourceScalar extends Placed {
  readonly kind: 'scalar';
  readonly value: ScalarValue;
  /** Whether it is written as a block after `|`, whose lines are those of the text. */
  readonly isBlock?: true;
}

export interface SourceList extends Placed {
  readonly kind: 'list';
  readonly items: readonly SourceNode[];
}

export interface SourceEntry extends Placed {
  readonly key: string;
  readonly value: SourceNode;
}

export interface SourceMap extends Placed {
  readonly kind: 'map';
  /** Each key once. */
  readonly entries: readonly SourceEntry[];
}

/** A document before it is understood, the same whether it came as text or as a value. */
export type SourceNode = SourceScalar | SourceList | SourceMap;

/** The value that the document stands for. */
export function plainValue(node: SourceNode): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.value;
    case 'list':
      return node.items.map(plainValue);
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, plainValue(value)]));
    default:
      return node satisfies never;
  }
}

/** Where a path leads to, or the closest thing above it: the key of a map's value, else the value. */
export function offsetAt(root: SourceNode, path: readonly PropertyKey[]): number | undefined {
  let node = root;
  let { offset } = root;
  for (const step of path) {
    if (node.kind === 'map') {
      const entry = node.entries.find(({ key }) => key === String(step));
      if (entry === undefined) break;
      ({ offset } = entry);
      node = entry.value;
    } else if (node.kind === 'list') {
      const item = node.items[Number(step)];
      if (item === undefined) break;
      ({ offset } = item);
      node = item;
    } else break;
  }
  return offset;
}

/** How the path of a key goes on from that of its map. */
export function keyPath(path: string, key: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_/-]*$/.test(key)) return `${path}[${JSON.stringify(key.slice(0, 64))}]`;
  return path === '' ? key : `${path}.${key}`;
}

/** What a node is, as an error says it: `a list`, `the number 5`. */
export function describeNode(node: SourceNode): string {
  switch (node.kind) {
    case 'list':
      return 'a list';
    case 'map':
      return 'a map';
    case 'scalar':
      return describeScalar(node.value);
    default:
      return node satisfies never;
  }
}

/** Likewise of its value: `the number 5`, `"text"`. */
export function describeScalar(value: ScalarValue): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'number':
      return `the number ${value}`;
    default:
      return String(value);
  }
}

/** Text of a document as an error repeats it: in quotes, cut short. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
