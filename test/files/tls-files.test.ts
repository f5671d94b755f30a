import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { readServerTlsFiles, readTlsFiles, tlsPaths } from '../../src/files/tls-files.ts';
import { watchFiles } from '../../src/files/watch-files.ts';
import { TestCa } from '../support/certificates.ts';

const ca = new TestCa();
const other = new TestCa();
const folder = mkdtempSync(join(tmpdir(), 'tls-files-'));
after(() => {
  ca.remove();
  other.remove();
  rmSync(folder, { recursive: true });
});
const files = { cert: join(folder, 'cert'), key: join(folder, 'key'), ca: join(folder, 'ca') };
const good = ca.issue('DNS:a');
const next = ca.issue('DNS:b');
const cutOff = (pem: Buffer) => Buffer.concat([pem, pem.subarray(0, pem.length / 2)]);

const CONTENTS: readonly [
  name: string,
  content: Partial<Record<keyof typeof files, Buffer>>,
  problem: RegExp,
][] = [
  [
    'a new certificate whose key has not come yet',
    { cert: next.cert },
    /expected the key of .*cert: .*key is another's/,
  ],
  [
    'a new key whose certificate has not come yet',
    { key: next.key },
    /expected the key of .*cert: .*key is another's/,
  ],
  ['a key that is cut off', { key: good.key.subarray(0, 80) }, /expected a PEM private key/],
  ['a certificate that is cut off', { cert: good.cert.subarray(0, 200) }, /expected PEM certificates/],
  [
    'a chain that is cut off after the first certificate',
    { cert: cutOff(good.cert) },
    /expected PEM certificates/,
  ],
  [
    'a CA bundle that is cut off after the first',
    { ca: cutOff(ca.cert) },
    /expected PEM certificates in .*ca/,
  ],
  ['an empty CA bundle', { ca: Buffer.alloc(0) }, /expected PEM certificates in .*ca/],
  ['an empty certificate', { cert: Buffer.alloc(0) }, /expected PEM certificates in .*cert/],
];

describe('the files of a TLS endpoint', () => {
  const write = (content: Partial<Record<keyof typeof files, Buffer>>) => {
    for (const [name, path] of [
      ['cert', files.cert],
      ['key', files.key],
      ['ca', files.ca],
    ] as const)
      writeFileSync(path, content[name] ?? { ...good, ca: ca.cert }[name]);
  };

  for (const [name, content, problem] of CONTENTS)
    test(`with ${name} keep what was read before, and say why`, async () => {
      write({});
      const errors: string[] = [];
      const watched = await watchFiles(tlsPaths(files), () => readServerTlsFiles(files), {
        interval: 600_000,
        onError: ({ message }) => errors.push(message),
      });
      try {
        const before = watched.current;
        write(content);
        assert.equal(await watched.reload(), 'failed');
        assert.equal(await watched.reload(), 'failed');
        assert.equal(watched.current, before);
        assert.equal(watched.failing, true);
        assert.equal(errors.length, 1);
        assert.match(errors[0] ?? '', problem);
        assert.doesNotMatch(errors[0] ?? '', /MI[IGH]/);
        write({});
        assert.equal(await watched.reload(), 'unchanged');
        assert.equal(watched.failing, false);
        write({ ...next });
        assert.equal(await watched.reload(), 'changed');
        assert.deepEqual(watched.current.pair, next);
      } finally {
        watched.close();
      }
    });

  test('of a client may be the CA alone, or nothing', () => {
    write({});
    assert.deepEqual(readTlsFiles({ ca: files.ca }), { pair: undefined, ca: ca.cert });
    assert.deepEqual(readTlsFiles({}), { pair: undefined, ca: undefined });
  });
});
