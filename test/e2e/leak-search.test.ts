// The search for a JWT can fail: whatever a careless program might make of it is found.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { serialize } from 'node:v8';
import { startChild } from '../support/child.ts';
import { memoryDumpsIn } from '../support/memory-dump.ts';
import { waitUntil } from '../support/wait-until.ts';
import { searchFor } from './leak-search.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-leak-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const { privateKey } = generateKeyPairSync('ed25519');
const base64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const signed = (jti: string) => {
  const input = `${base64url({ alg: 'EdDSA', kid: 'k', typ: 'at+jwt' })}.${base64url({ sub: 'robot', jti })}`;
  return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
};
const jwt = signed('one');
const signature = jwt.slice(jwt.lastIndexOf('.') + 1);
const bytes = Buffer.from(signature, 'base64url');
const search = searchFor(jwt);
const around = (content: Buffer | string) =>
  Buffer.concat([Buffer.alloc(999, 'x'), Buffer.from(content), Buffer.alloc(999, 'y')]);

const LEAKS: Readonly<Record<string, Buffer | string>> = {
  'the header of a request': `GET / HTTP/1.1\r\nAuthorization: Pomerium ${jwt}\r\n\r\n`,
  'the signature alone': signature,
  'its first half': signature.slice(0, signature.length / 2),
  'its second half': signature.slice(signature.length / 2),
  'the payload alone': jwt.split('.')[1] ?? '',
  'its bytes': bytes,
  'its bytes as a string': bytes.toString('latin1'),
  'its bytes as a string in a log line': JSON.stringify({ signature: bytes.toString('latin1') }),
  base64: bytes.toString('base64'),
  'base64 one byte on': Buffer.concat([Buffer.from('1'), bytes]).toString('base64'),
  'base64 two bytes on': Buffer.concat([Buffer.from('12'), bytes, Buffer.from('3')]).toString('base64'),
  'base64 three bytes on': Buffer.concat([Buffer.from('123'), bytes, Buffer.from('45')]).toString(
    'base64url',
  ),
  'the JWT in base64': btoa(jwt),
  'the JWT in base64, one byte on': btoa(`:${jwt}`),
  'the JWT in base64, two bytes on': btoa(`u:${jwt}@`),
  hex: bytes.toString('hex'),
  'hex in capitals': bytes.toString('hex').toUpperCase(),
  'hex with colons': bytes.toString('hex').replaceAll(/..(?!$)/g, '$&:'),
  'the JWT in hex': Buffer.from(jwt).toString('hex'),
  'a buffer as it is inspected': inspect(bytes),
  'a buffer as JSON': JSON.stringify(bytes),
  'the JWT as a buffer in JSON': JSON.stringify({ token: Buffer.from(jwt) }),
  'a typed array as a string': String(new Uint8Array(bytes)),
  'UTF-16': Buffer.from(jwt, 'utf16le'),
  'its bytes in UTF-16': Buffer.from(bytes.toString('latin1'), 'utf16le'),
  'percent-encoded bytes': [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  'structured clone': serialize({ token: jwt }),
};

describe('a search for a JWT finds', () => {
  for (const [name, leak] of Object.entries(LEAKS))
    test(name, () => {
      assert.notEqual(search.find(around(leak)), undefined);
      assert.throws(() => search.assertNotIn('this', around(leak)), /^AssertionError.*: this holds the /);
    });

  test('nothing in another JWT of the same key, or in what the store keeps of this one', () => {
    search.assertNotIn('another', around(signed('two')));
    search.assertNotIn('the record', JSON.stringify({ jti: 'one', sub: 'robot', label: '' }));
  });
});

/** What a process may do with the JWT that it was told. */
const KEEPING: Readonly<Record<string, string>> = {
  'as a string': 'kept.push(jwt)',
  'far inside a long string': "kept.push('x'.repeat(5000) + jwt + 'y'.repeat(5000), [...jwt].reverse())",
  'its signature as a string of two-byte characters': "kept.push(('€' + jwt.split('.')[2]).slice(1))",
  'in a buffer': 'kept.push(Buffer.from(jwt)); kept.push(Buffer.alloc(1))',
  "its signature's bytes": "kept.push(new Uint8Array(Buffer.from(jwt.split('.')[2], 'base64url')))",
  'as base64': 'kept.push(btoa(jwt))',
};

describe('a dump of memory shows a JWT that a process keeps', () => {
  const dumps = memoryDumpsIn(join(folder, 'dumps'));
  const dumpAfter = async (code: string) => {
    // From a file into memory of its own that is wiped, so that the program and Node's pools don't hold it.
    const file = join(folder, 'jwt');
    writeFileSync(file, jwt);
    const program = `
      const fs = require('node:fs');
      const read = Buffer.alloc(${jwt.length});
      fs.readSync(fs.openSync(${JSON.stringify(file)}), read);
      let jwt = read.toString('latin1');
      read.fill(0);
      const kept = (globalThis.kept = []);
      ${code};
      jwt = undefined;
      setInterval(() => kept, 1000);
      console.log('ready');`;
    const child = startChild([...dumps.launcher, process.execPath, '--eval', program]);
    try {
      await waitUntil('the process', () => child.output().includes('ready'));
      return await dumps.take(child.pid);
    } finally {
      await child.stop();
    }
  };
  for (const [name, code] of Object.entries(KEEPING))
    test(name, async () => {
      const { strings, buffers } = await dumpAfter(code);
      assert.notEqual(search.find(strings) ?? search.find(buffers), undefined);
    });
  test('and none that it has let go', async () => {
    const { strings, buffers } = await dumpAfter('kept.push(jwt.length)');
    search.assertNotIn('its heap', strings);
    search.assertNotIn('its buffers', buffers);
  });
});
