import { type AddressWords, readAddress } from './ip-address.ts';

/** A network: all addresses of a family from `first` to `last`. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: AddressWords;
  readonly last: AddressWords;
}

/** Reads an address or `address/bits`, and ignores the bits past the prefix. Undefined if the text is neither. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const slash = text.indexOf('/');
  const address = slash === -1 ? text : text.slice(0, slash);
  const words = new Uint32Array(4);
  const family = readAddress(address, words);
  if (family === 0) return undefined;
  const size = address.includes(':') ? 128 : 32;
  let bits = size;
  if (slash !== -1) {
    const suffix = text.slice(slash + 1);
    if (!/^(?:0|[1-9]\d{0,2})$/.test(suffix)) return undefined;
    bits = Number(suffix);
    if (bits > size) return undefined;
  }
  // An IPv4 network, plain or mapped into IPv6, lies in the last word. A mapped address with a shorter prefix is not an
  // IPv4 network.
  const prefix = bits + (128 - size);
  if (family === 4 && prefix < 96) return undefined;
  const first = new Uint32Array(4);
  const last = new Uint32Array(4);
  for (let word = 0; word < 4; word++) {
    const kept = Math.min(32, Math.max(0, prefix - 32 * word));
    const mask = kept === 0 ? 0 : (0xffffffff << (32 - kept)) >>> 0;
    const value = words[word] ?? 0;
    first[word] = value & mask;
    last[word] = (value & mask) | ~mask;
  }
  return { family, first, last };
}

/** A set of addresses and networks with a binary search. Faster than `net.BlockList` and `ipaddr.js`: docs/decisions/0017-address-ranges.md. */
export class AddressRanges {
  readonly #v4: SortedRanges;
  readonly #v6: SortedRanges;

  constructor(ranges: readonly AddressRange[]) {
    this.#v4 = new SortedRanges(ranges.filter((range) => range.family === 4));
    this.#v6 = new SortedRanges(ranges.filter((range) => range.family === 6));
  }

  /** False if the text is not an address. */
  includes(address: string): boolean {
    const family = readOnce(address);
    if (family === 0) return false;
    return (family === 4 ? this.#v4 : this.#v6).includes(asked);
  }
}

/** Whether `source_ip` can evaluate this address. */
export function isReadableAddress(address: string | undefined): boolean {
  return address !== undefined && readOnce(address) !== 0;
}

/** The address that was read last: the policies of one request look up the same one. */
const asked: AddressWords = new Uint32Array(4);
let askedText = '';
let askedFamily: 0 | 4 | 6 = 0;

function readOnce(address: string): 0 | 4 | 6 {
  if (address !== askedText) {
    askedFamily = readAddress(address, asked);
    askedText = address;
  }
  return askedFamily;
}

class SortedRanges {
  readonly #firsts: AddressWords[] = [];
  readonly #lasts: AddressWords[] = [];

  constructor(ranges: readonly AddressRange[]) {
    for (const { first, last } of ranges.toSorted((a, b) => compare(a.first, b.first))) {
      const before = this.#lasts.at(-1);
      if (before === undefined || compare(before, first) < 0) {
        this.#firsts.push(first);
        this.#lasts.push(last);
      } else if (compare(before, last) < 0) this.#lasts[this.#lasts.length - 1] = last;
    }
  }

  includes(address: AddressWords): boolean {
    let low = 0;
    let high = this.#firsts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = this.#firsts[middle];
      if (first !== undefined && compare(first, address) <= 0) low = middle + 1;
      else high = middle;
    }
    const last = this.#lasts[low - 1];
    return last !== undefined && compare(address, last) <= 0;
  }
}

function compare(left: AddressWords, right: AddressWords): number {
  for (let word = 0; word < 4; word++) {
    const difference = (left[word] ?? 0) - (right[word] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
