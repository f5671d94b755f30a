/** The number of fields after the algorithm's name in a public key (RFC 4253 §6.6, RFC 5656, RFC 8709, OpenSSH). */
const KEY_FIELDS: ReadonlyMap<string, number> = new Map([
  ['ssh-ed25519', 1],
  ['ssh-rsa', 2],
  ['ecdsa-sha2-nistp256', 2],
  ['ecdsa-sha2-nistp384', 2],
  ['ecdsa-sha2-nistp521', 2],
  ['sk-ssh-ed25519@openssh.com', 2],
  ['sk-ecdsa-sha2-nistp256@openssh.com', 3],
  ['ssh-dss', 4],
]);

/** OpenSSH's certificate types. */
const CERTIFICATES: ReadonlySet<string> = new Set(
  [...KEY_FIELDS.keys()].map((name) => `${name.replace('@openssh.com', '')}-cert-v01@openssh.com`),
);

const MAX_LENGTH = 16 * 1024;

/** Options before a key, which end at the first space outside quotes. */
const OPTIONS = /^(?:[^\s"]|"(?:\\.|[^"\\])*")+[ \t]+/;

/** Whether a line of the text is a public key as in `authorized_keys`: options, algorithm, base64, comment. */
export function isSshPublicKey(text: string): boolean {
  if (text.length > MAX_LENGTH) return false;
  return text.split('\n').some((each) => {
    const line = each.trim();
    return !line.startsWith('#') && (hasKey(line) || hasKey(line.replace(OPTIONS, '')));
  });
}

function hasKey(line: string): boolean {
  const [, encoded = ''] = line.split(/[ \t]+/, 2);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded) || encoded.length % 4 !== 0) return false;
  const key = Buffer.from(encoded, 'base64');
  const name = readField(key, 0)?.toString('latin1');
  if (name === undefined) return false;
  return CERTIFICATES.has(name) || (KEY_FIELDS.has(name) && countFields(key) - 1 === KEY_FIELDS.get(name));
}

/** A field is a length of four bytes and then its bytes. */
function readField(key: Buffer, position: number): Buffer | undefined {
  if (position + 4 > key.length) return undefined;
  const end = position + 4 + key.readUInt32BE(position);
  return end > key.length ? undefined : key.subarray(position + 4, end);
}

/** NaN if there are other bytes than fields. */
function countFields(key: Buffer): number {
  let count = 0;
  for (let position = 0; position < key.length; count++) {
    const field = readField(key, position);
    if (field === undefined) return Number.NaN;
    position += 4 + field.length;
  }
  return count;
}
