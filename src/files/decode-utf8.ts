import { isUtf8 } from 'node:buffer';

/**
 * The text without a byte order mark, or why the bytes are not UTF-8, with the place of the first invalid byte and no content.
 * A lenient decoder would turn such bytes into U+FFFD, and so two names into one.
 */
export function decodeUtf8(bytes: Uint8Array): string | { readonly problem: string } {
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  if (isUtf16(bytes))
    return { problem: 'it is UTF-16 and not UTF-8: convert it, such as with iconv -f UTF-16 -t UTF-8' };
  const offset = firstInvalid(bytes);
  return {
    problem: `it is not UTF-8: byte ${offset} (line ${lineOf(bytes, offset)}) belongs to no character; convert it, such as with iconv -f WINDOWS-1252 -t UTF-8`,
  };
}

function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}

const LINE_FEED = 0x0a;

function lineOf(bytes: Uint8Array, offset: number): number {
  let line = 1;
  for (const byte of bytes.subarray(0, offset)) if (byte === LINE_FEED) line += 1;
  return line;
}

/** Counted from 0. */
function firstInvalid(bytes: Uint8Array): number {
  let offset = 0;
  while (offset < bytes.length) {
    const length = lengthOf(bytes[offset] ?? 0);
    if (length === 0 || !isUtf8(bytes.subarray(offset, offset + length))) break;
    offset += length;
  }
  return offset;
}

/** Bytes of the character that begins with this one, as it says itself; 0 for one that begins none. */
function lengthOf(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}
