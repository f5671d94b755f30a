/** What JSON text may hold: parsing takes memory by the number of values, not by the length of the text. */
export interface JsonBounds {
  /** Keys and values, about. */
  readonly values: number;
  /** Levels of nesting. */
  readonly depth: number;
  /** Entries of one list or object. */
  readonly entries: number;
  /** Bytes of one item of a list in the top-level object. */
  readonly itemBytes: number;
}

export interface JsonWeight {
  /** Why the text is not to be parsed. */
  readonly problem: string | undefined;
  /** Whether a number may be too large for a double. */
  readonly hugeNumbers: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const ITEM_DEPTH = 3;
/** Digits of a number that can't be too large. */
const MAX_DIGITS = 300;

/** Looks at JSON text before it is parsed. What is no JSON at all is for the parser to refuse. */
export function weighJson(text: Uint8Array, bounds: JsonBounds): JsonWeight {
  const entries = new Uint32Array(bounds.depth + 2);
  let depth = 0;
  let values = 0;
  let itemStart = 0;
  let digits = 0;
  let hugeNumbers = false;
  const refuse = (problem: string): JsonWeight => ({ problem, hugeNumbers });
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] ?? 0;
    // 0 to 9, and e or E behind one of them.
    if (byte >= 0x30 && byte <= 0x39) {
      if (++digits > MAX_DIGITS) hugeNumbers = true;
      continue;
    }
    if (digits > 0) {
      if ((byte | 0x20) === 0x65) hugeNumbers = true;
      digits = 0;
    }
    switch (byte) {
      case QUOTE:
        for (at++; at < text.length && text[at] !== QUOTE; at++) if (text[at] === BACKSLASH) at++;
        break;
      case COMMA:
      case COLON: {
        values++;
        if (byte === COLON) break;
        const count = (entries[depth] ?? 0) + 1;
        entries[depth] = count;
        if (count >= bounds.entries)
          return refuse(`expected at most ${bounds.entries} entries in a list or object`);
        break;
      }
      case 0x5b: // [
      case 0x7b: // {
        values++;
        if (++depth > bounds.depth) return refuse(`expected at most ${bounds.depth} levels of nesting`);
        entries[depth] = 0;
        if (depth === ITEM_DEPTH) itemStart = at;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        if (depth === ITEM_DEPTH && at - itemStart >= bounds.itemBytes)
          return refuse(`expected at most ${bounds.itemBytes} bytes for one item`);
        if (depth > 0) depth--;
        break;
    }
    if (values > bounds.values) return refuse(`expected at most ${bounds.values} values`);
  }
  return { problem: undefined, hugeNumbers };
}
