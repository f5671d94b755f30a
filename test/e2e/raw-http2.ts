import { connect } from 'node:net';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const GOAWAY = 7;
const CONTINUATION = 9;
const END_STREAM = 1;
const END_HEADERS = 4;
const MAX_FRAME = 16_384;
const TIMEOUT = 10_000;

/**
 * Sends one GET without a body over HTTP/2, each header field byte for byte (a character is a byte): clients of the
 * platform would refuse to send some of them. Resolves once the stream has ended, however it did.
 */
export function sendRawHttp2(port: number, fields: readonly (readonly [string, string])[]): Promise<void> {
  return new Promise((done, fail) => {
    const socket = connect(port, '127.0.0.1');
    socket.setTimeout(TIMEOUT, () => socket.destroy(new Error(`no answer within ${TIMEOUT} ms`)));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? done() : fail(error),
    );
    socket.once('close', () => done());
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      for (let frame = readFrame(received); frame; frame = readFrame(received)) {
        received = received.subarray(frame.size);
        const ended = frame.stream === 1 && (frame.type === RST_STREAM || (frame.flags & END_STREAM) !== 0);
        if (ended || frame.type === GOAWAY) socket.destroy();
        else if (frame.type === SETTINGS && (frame.flags & 1) === 0)
          socket.write(makeFrame(SETTINGS, 1, 0, Buffer.alloc(0)));
      }
    });
    const block = Buffer.concat(fields.map(([name, value]) => literalField(name, value)));
    socket.write(
      Buffer.concat([
        Buffer.from(PREFACE),
        makeFrame(SETTINGS, 0, 0, Buffer.alloc(0)),
        ...headerFrames(block),
      ]),
    );
  });
}

function headerFrames(block: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at === 0 || at < block.length; at += MAX_FRAME) {
    const last = at + MAX_FRAME >= block.length;
    const flags = (at === 0 ? END_STREAM : 0) | (last ? END_HEADERS : 0);
    frames.push(makeFrame(at === 0 ? HEADERS : CONTINUATION, flags, 1, block.subarray(at, at + MAX_FRAME)));
  }
  return frames;
}

function makeFrame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function readFrame(bytes: Buffer): { type: number; flags: number; stream: number; size: number } | undefined {
  if (bytes.length < 9) return undefined;
  const size = 9 + bytes.readUIntBE(0, 3);
  if (bytes.length < size) return undefined;
  return { type: bytes[3] ?? 0, flags: bytes[4] ?? 0, stream: bytes.readUInt32BE(5), size };
}

/** RFC 7541 §6.2.2: without indexing, a new name, neither of them Huffman coded. */
function literalField(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0]), ...[name, value].flatMap(literalText)]);
}

function literalText(text: string): Buffer[] {
  const bytes = Buffer.from(text, 'latin1');
  return [prefixedInteger(bytes.length), bytes];
}

/** RFC 7541 §5.1, with a prefix of 7 bits. */
function prefixedInteger(value: number): Buffer {
  if (value < 127) return Buffer.from([value]);
  const octets = [127];
  let rest = value - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) + 128);
  return Buffer.from([...octets, rest]);
}
