import { isUtf8 } from 'node:buffer';
import type { RequestHeaders } from '../credentials/request-headers.ts';
import { lengthDelimited, type WireReader } from './wire-reader.ts';

const KEY = lengthDelimited(1);
const VALUE = lengthDelimited(2);
const RAW_VALUE = lengthDelimited(3);

/** Up to here a scan beats building an index. */
const SCANNED = 48;
const NONE: readonly string[] = Object.freeze([]);

/**
 * Headers in place in the message: names are decoded at once, values on demand, because most are never read.
 * Entries of `headers` (a map is a list of key and value on the wire) and of `header_map` have the same shape, so that
 * both, and both together, end up here.
 */
export class EnvoyHeaders implements RequestHeaders {
  readonly #bytes: Buffer;
  readonly #names: string[] = [];
  /** Where the value of the name with the same index starts and ends; two numbers a header. */
  readonly #spans: number[] = [];
  #index: Map<string, number[]> | undefined;
  #distinct: readonly string[] | undefined;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Adds the entry that lies between the reader's position and `end`; `raw_value` wins over `value`. */
  read(reader: WireReader, end: number): void {
    let name = '';
    let valueStart = 0;
    let valueEnd = 0;
    let rawStart = 0;
    let rawEnd = 0;
    while (reader.position < end) {
      const tag = reader.integer();
      if (tag === KEY) {
        const nameEnd = reader.end(end);
        name = lowerCaseText(reader.bytes, reader.position, nameEnd);
        reader.position = nameEnd;
      } else if (tag === VALUE) {
        valueEnd = reader.end(end);
        valueStart = reader.position;
        reader.position = valueEnd;
      } else if (tag === RAW_VALUE) {
        rawEnd = reader.end(end);
        rawStart = reader.position;
        reader.position = rawEnd;
      } else {
        reader.skip(tag, end);
      }
    }
    reader.expectEnd(end);
    if (name === '') return;
    this.#names.push(name);
    if (rawEnd > rawStart) this.#spans.push(rawStart, rawEnd);
    else this.#spans.push(valueStart, valueEnd);
  }

  values(name: string): readonly string[] {
    if (this.#names.length > SCANNED)
      return (
        this.#indexed()
          .get(name)
          ?.map((at) => this.#value(at)) ?? NONE
      );
    let values: string[] | undefined;
    for (let at = 0; at < this.#names.length; at++) {
      if (this.#names[at] !== name) continue;
      values ??= [];
      values.push(this.#value(at));
    }
    return values ?? NONE;
  }

  /** Every name, as often as it came. */
  get everyName(): readonly string[] {
    return this.#names;
  }

  names(): readonly string[] {
    this.#distinct ??= [...new Set(this.#names)];
    return this.#distinct;
  }

  #indexed(): Map<string, number[]> {
    if (this.#index) return this.#index;
    const index = new Map<string, number[]>();
    this.#names.forEach((name, at) => {
      const known = index.get(name);
      if (known) known.push(at);
      else index.set(name, [at]);
    });
    this.#index = index;
    return index;
  }

  /** Decodes UTF-8, and other bytes as Latin-1, so that different values stay different. */
  #value(at: number): string {
    const start = this.#spans[2 * at] ?? 0;
    const end = this.#spans[2 * at + 1] ?? 0;
    const text = this.#bytes.toString('utf8', start, end);
    if (!text.includes('\uFFFD') || isUtf8(this.#bytes.subarray(start, end))) return text;
    return this.#bytes.toString('latin1', start, end);
  }
}

/** Envoy sends lower-case names; other clients may not. */
function lowerCaseText(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('latin1', start, end);
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80) return bytes.toString('utf8', start, end).toLowerCase();
    if (byte >= 0x41 && byte <= 0x5a) return text.toLowerCase();
  }
  return text;
}
