import { isIP } from 'node:net';

/** The 128 bits of an address as four unsigned words. An IPv4 address is in the last word. */
export type AddressWords = Uint32Array;

/** Reads an address into `words` and returns its family, or 0 if the text is not an address. Maps `::ffff:0:0/96` to IPv4. */
export function readAddress(text: string, words: AddressWords): 0 | 4 | 6 {
  // A zone after `%` has a meaning only on its own link.
  if (text.length > 45 || text.includes('%')) return 0;
  switch (isIP(text)) {
    case 4:
      words.fill(0);
      words[3] = readDotted(text, 0);
      return 4;
    case 6:
      readGroups(text, words);
      if (words[0] !== 0 || words[1] !== 0 || words[2] !== 0xffff) return 6;
      words[2] = 0;
      return 4;
    default:
      return 0;
  }
}

function readDotted(text: string, start: number): number {
  let word = 0;
  let part = 0;
  for (let index = start; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === DOT) {
      word = word * 256 + part;
      part = 0;
    } else part = part * 10 + (code - ZERO);
  }
  return word * 256 + part;
}

const DOT = 0x2e;
const ZERO = 0x30;

/** Reads the groups of a valid IPv6 address. */
function readGroups(text: string, words: AddressWords): void {
  const groups: number[] = [];
  let gap = -1;
  for (const [index, group] of text.split(':').entries()) {
    if (group === '') {
      // `::` gives two or three empty groups. The first is its position.
      if (gap === -1 && index > 0) gap = groups.length;
      else if (index === 0) gap = 0;
    } else if (group.includes('.')) {
      const dotted = readDotted(group, 0);
      groups.push(Math.floor(dotted / 65_536), dotted % 65_536);
    } else groups.push(Number.parseInt(group, 16));
  }
  if (gap !== -1) groups.splice(gap, 0, ...new Array<number>(8 - groups.length).fill(0));
  for (let word = 0; word < 4; word++)
    words[word] = (groups[2 * word] ?? 0) * 65_536 + (groups[2 * word + 1] ?? 0);
}
