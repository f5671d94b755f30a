/** The parts of a certificate that decide on its trust and that Node's X509Certificate does not expose. */
export interface CertificateStructure {
  /** The object identifier of the signature algorithm, in hexadecimal. */
  readonly signatureAlgorithm: string;
  readonly extensions: readonly CertificateExtension[];
}

export interface CertificateExtension {
  /** The object identifier, in hexadecimal: 551d13 is 2.5.29.19. */
  readonly id: string;
  /** A reader that does not know a critical extension must reject the certificate (RFC 5280 §4.2). */
  readonly critical: boolean;
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
const BOOLEAN = 0x01;
/** `[0]` and `[3]` of RFC 5280 §4.1: the version and the extensions. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

/** Reads the DER of a certificate. Throws a RangeError if it is malformed. */
export function readCertificateStructure(der: Buffer): CertificateStructure {
  const [certificate] = elements(der);
  const [toBeSigned] = elements(contentOf(certificate, SEQUENCE));
  const fields = elements(contentOf(toBeSigned, SEQUENCE));
  const signature = fields[fields[0]?.tag === VERSION ? 2 : 1];
  const [algorithm] = elements(contentOf(signature, SEQUENCE));
  const wrapped = fields.find(({ tag }) => tag === EXTENSIONS);
  const list = wrapped ? elements(contentOf(elements(wrapped.content)[0], SEQUENCE)) : [];
  return {
    signatureAlgorithm: contentOf(algorithm, OBJECT_IDENTIFIER).toString('hex'),
    extensions: list.map((extension) => {
      const [id, flag] = elements(contentOf(extension, SEQUENCE));
      const critical = flag?.tag === BOOLEAN && flag.content[0] !== 0;
      return { id: contentOf(id, OBJECT_IDENTIFIER).toString('hex'), critical };
    }),
  };
}

function contentOf(element: Element | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw new RangeError('the certificate does not follow RFC 5280');
  return element.content;
}

function elements(bytes: Buffer): Element[] {
  const found: Element[] = [];
  for (let position = 0; position < bytes.length; ) {
    const tag = bytes.readUInt8(position);
    const first = bytes.readUInt8(position + 1);
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    // DER has no indefinite length, and no certificate has 4 GiB.
    if (first === 0x80 || lengthBytes > 4) throw new RangeError('the certificate is not DER');
    const start = position + 2 + lengthBytes;
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(position + 2, lengthBytes);
    if (start + length > bytes.length) throw new RangeError('the certificate ends too early');
    found.push({ tag, content: bytes.subarray(start, start + length) });
    position = start + length;
  }
  return found;
}
