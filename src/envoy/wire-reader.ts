/** The tag of a field that holds text, bytes or a message (protobuf wire type 2). */
export const lengthDelimited = (field: number): number => (field << 3) | 2;
/** The tag of a field that holds an integer (protobuf wire type 0). */
export const integer = (field: number): number => field << 3;

/**
 * Reads protobuf's wire format in place. Every method throws a RangeError where the bytes break off or make no sense.
 * https://protobuf.dev/programming-guides/encoding/
 */
export class WireReader {
  readonly bytes: Buffer;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** An unsigned integer of up to ten bytes; exact below 2^53. */
  integer(): number {
    const first = this.bytes[this.position++];
    if (first !== undefined && first < 0x80) return first;
    let value = (first ?? 0) & 0x7f;
    for (let factor = 0x80; factor < 2 ** 70; factor *= 0x80) {
      const byte = this.bytes[this.position++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new RangeError('an integer breaks off, or has more than ten bytes');
  }

  /** An integer that may be below zero (`int64`, in two's complement); exact between -2^53 and 2^53. */
  signedInteger(): number {
    const start = this.position;
    const unsigned = this.integer();
    if (unsigned < 2 ** 63) return unsigned;
    // A double cannot represent such a value exactly.
    let bits = 0n;
    for (const [index, byte] of this.bytes.subarray(start, this.position).entries())
      bits |= BigInt(byte & 0x7f) << BigInt(7 * index);
    return Number(BigInt.asIntN(64, bits));
  }

  /** Where the value of the length-delimited field that begins here ends; the reader then stands at its first byte. */
  end(limit: number): number {
    const length = this.integer();
    const end = this.position + length;
    if (end > limit) throw new RangeError(`a field of ${length} bytes runs past its message`);
    return end;
  }

  /** A text field. Bytes that are no UTF-8 become U+FFFD, which no id and no unambiguous path holds. */
  text(limit: number): string {
    const end = this.end(limit);
    const start = this.position;
    this.position = end;
    return this.bytes.toString('utf8', start, end);
  }

  /** Rejects groups: they are obsolete since proto2, and could nest. */
  skip(tag: number, limit: number): void {
    switch (tag & 7) {
      case 0:
        this.integer();
        break;
      case 1:
        this.position += 8;
        break;
      case 2:
        this.position = this.end(limit);
        break;
      case 5:
        this.position += 4;
        break;
      default:
        throw new RangeError(`no field has the tag ${tag}`);
    }
  }

  /** Call after the last field of a message: a field that ran past the message's end is not one. */
  expectEnd(end: number): void {
    if (this.position !== end) throw new RangeError('a field runs past its message');
  }
}
