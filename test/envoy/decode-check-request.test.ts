import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeCheckRequest, NotACheckRequest } from '../../src/envoy/decode-check-request.ts';
import { checkRequestBytes, httpRequestBytes, readFixture } from '../support/messages.ts';

const fixtures = readdirSync(new URL('../fixtures/check-requests/', import.meta.url))
  .filter((file) => file.endsWith('.bin'))
  .map((file) => file.slice(0, -'.bin'.length));

test('there are recorded requests', () => assert.ok(fixtures.length >= 11));

for (const name of fixtures) {
  const { bytes, sent } = readFixture(name);
  test(`what Envoy sent is what the client sent: ${sent.about}`, () => {
    const request = decodeCheckRequest(bytes);
    assert.equal(request.method, sent.method ?? 'GET');
    assert.equal(request.path, sent.path ?? '/');
    assert.equal(request.host, sent.host ?? 'api.example.com');
    assert.equal(request.peerAddress, sent.address ?? '127.0.0.1');
    assert.match(request.id, /^[0-9a-f-]{36}$/);
    assert.deepEqual(request.headers.values('x-request-id'), [request.id]);
    assert.deepEqual({ ...request.contextExtensions }, sent.contextExtensions ?? {});
    assert.deepEqual(request.routeMetadata, sent.routeMetadata);
    const year = new Date(request.time ?? 0).getUTCFullYear();
    assert.ok(year >= 2024 && year < 2100, String(year));
    assert.equal(request.peerCertificate !== undefined, sent.tls === true);
    for (const name of new Set((sent.headers ?? []).map(([name]) => name.toLowerCase())))
      assert.notEqual(request.headers.values(name).length, 0, name);
  });
}

test("the peer's certificate is a URL-encoded PEM", () => {
  const { peerCertificate = '' } = decodeCheckRequest(readFixture('peer-certificate').bytes);
  assert.match(
    new X509Certificate(decodeURIComponent(peerCertificate)).subjectAltName ?? '',
    /client\.example\.com/,
  );
});

test('repeated headers come apart with encode_raw_headers, and keep every byte', () => {
  const { headers } = decodeCheckRequest(readFixture('repeated-raw-headers').bytes);
  assert.deepEqual(headers.values('x-twice'), ['one', 'two']);
  assert.deepEqual(headers.values('x-comma'), ['a, b']);
  assert.deepEqual(headers.values('x-latin'), ['caf\xe9']);
  assert.deepEqual(headers.values('x-bytes'), ['\xff\xfe\x80z']);
  assert.deepEqual(headers.values('x-empty'), ['']);
  assert.deepEqual(headers.values('x_pomerium_claim_email'), ['forged@example.com']);
});

test('Envoy joins a repeated Authorization even with encode_raw_headers', () => {
  const { headers } = decodeCheckRequest(readFixture('repeated-raw-headers').bytes);
  assert.deepEqual(headers.values('authorization'), ['Bearer upstream,Pomerium aaa.bbb.ccc']);
});

test('repeated headers come joined without encode_raw_headers', () => {
  const { headers } = decodeCheckRequest(readFixture('repeated-headers').bytes);
  assert.deepEqual(headers.values('x-twice'), ['one,two']);
  assert.deepEqual(headers.values('x-latin'), ['caf!']);
  assert.equal(new Set(headers.names()).size, headers.names().length);
});

test('names are lower case; those that differ in case alone are one header with several values', () => {
  const { headers } = decodeCheckRequest(
    httpRequestBytes({ headers: { 'X-A': '1', 'x-a': '2', 'X-B': '3' } }),
  );
  assert.deepEqual([...headers.values('x-a')].sort(), ['1', '2']);
  assert.deepEqual([...headers.names()].sort(), ['x-a', 'x-b']);
});

test('headers and header_map add up, and raw_value goes before value', () => {
  const { headers } = decodeCheckRequest(
    httpRequestBytes({
      headers: { 'x-a': '1' },
      headerMap: {
        headers: [
          { key: 'X-A', value: 'not this', rawValue: Buffer.from('2') },
          { key: 'x-b', value: '3' },
          { key: 'x-u', rawValue: Buffer.from('é') },
        ],
      },
    }),
  );
  assert.deepEqual(headers.values('x-a'), ['1', '2']);
  assert.deepEqual(headers.values('x-b'), ['3']);
  assert.deepEqual(headers.values('x-u'), ['é']);
});

test('names that objects know are names like any other', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  const entries = (value: string) => names.map((name) => [name, value] as const);
  const headerMap = { headers: entries('h').map(([key, value]) => ({ key, value })) };
  // protobufjs can't write such a key of a map, so the entries are made as what they are on the wire.
  const extension = Buffer.concat([
    Buffer.from([0x0a, 9]),
    Buffer.from('__proto__'),
    Buffer.from([0x12, 1, 0x78]),
  ]);
  const attributes = Buffer.concat([Buffer.from([0x52, extension.length]), extension]);
  const bytes = Buffer.concat([
    httpRequestBytes({ headerMap }),
    Buffer.from([0x0a, attributes.length]),
    attributes,
  ]);
  const request = decodeCheckRequest(bytes);
  for (const name of names) assert.deepEqual(request.headers.values(name.toLowerCase()), ['h']);
  assert.deepEqual(request.headers.values('valueof'), []);
  assert.deepEqual(Object.entries(request.contextExtensions), [['__proto__', 'x']]);
  assert.equal(({} as { x?: string }).x, undefined);
  assert.equal(decodeCheckRequest(httpRequestBytes({})).contextExtensions.constructor, undefined);
});

test('the id is x-request-id where it can be printed, cut to 128 characters, else what Envoy calls the request', () => {
  const idOf = (headers: Record<string, string>) =>
    decodeCheckRequest(httpRequestBytes({ id: 'envoy-1', headers })).id;
  assert.equal(idOf({ 'x-request-id': 'client-1' }), 'client-1');
  assert.equal(idOf({ 'x-request-id': 'a'.repeat(500) }), 'a'.repeat(128));
  for (const bad of ['', 'a\nb', 'a b', 'é', '\0']) assert.equal(idOf({ 'x-request-id': bad }), 'envoy-1');
  assert.equal(idOf({}), 'envoy-1');
});

const struct = (fields: object) => ({
  attributes: { request: { http: {} }, routeMetadataContext: { filterMetadata: { sallyport: { fields } } } },
});
const text = (stringValue: string) => ({ stringValue });
const list = (...values: object[]) => ({ listValue: { values } });
const UNUSABLE = { namespace: '', policies: undefined };
const METADATA: readonly (readonly [string, object, object])[] = [
  ['both', { namespace: text('a'), policies: list(text('p')) }, { namespace: 'a', policies: ['p'] }],
  ['a namespace alone', { namespace: text('a') }, { namespace: 'a', policies: undefined }],
  ['policies alone', { policies: list(text('p')) }, { namespace: undefined, policies: ['p'] }],
  ['no policies', { namespace: text('a'), policies: list() }, { namespace: 'a', policies: [] }],
  ['nothing', {}, { namespace: undefined, policies: undefined }],
  ['a number for a namespace', { namespace: { numberValue: 1 } }, UNUSABLE],
  ['null for a namespace', { namespace: { nullValue: 0 } }, UNUSABLE],
  ['text for policies', { namespace: text('a'), policies: text('p') }, UNUSABLE],
  ['a list for a namespace', { namespace: list(text('a')) }, UNUSABLE],
  [
    'policies with a number among them',
    { namespace: text('a'), policies: list(text('p'), { boolValue: true }) },
    UNUSABLE,
  ],
  ['a key that is not known', { namespace: text('a'), policy: list(text('p')) }, UNUSABLE],
];
for (const [about, fields, expected] of METADATA)
  test(`route metadata with ${about} is ${expected === UNUSABLE ? 'there but can not be used' : 'read'}`, () =>
    assert.deepEqual(decodeCheckRequest(checkRequestBytes(struct(fields))).routeMetadata, expected));

test('route metadata without ours is none', () => {
  const metadata = { filterMetadata: { other: { fields: { namespace: text('a') } } } };
  const bytes = checkRequestBytes({ attributes: { request: { http: {} }, routeMetadataContext: metadata } });
  assert.equal(decodeCheckRequest(bytes).routeMetadata, undefined);
});

test('a Struct that is nested without end is passed over', () => {
  let bytes = Buffer.from([0x1a, 1, 0x61]);
  const wrap = (tag: number, inner: Buffer) =>
    Buffer.concat([Buffer.from([tag]), varint(inner.length), inner]);
  for (let depth = 0; depth < 2_000; depth++) bytes = wrap(0x32, wrap(0x0a, bytes));
  const named = (key: string, value: Buffer) =>
    Buffer.concat([wrap(0x0a, Buffer.from(key)), wrap(0x12, value)]);
  const metadata = wrap(0x0a, named('sallyport', wrap(0x0a, named('namespace', bytes))));
  const attributes = Buffer.concat([wrap(0x22, wrap(0x12, Buffer.alloc(0))), wrap(0x6a, metadata)]);
  assert.deepEqual(decodeCheckRequest(wrap(0x0a, attributes)).routeMetadata, UNUSABLE);
});

const refused = (bytes: Uint8Array) => assert.throws(() => decodeCheckRequest(bytes), NotACheckRequest);
const GARBAGE: readonly (readonly [string, Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['no request', checkRequestBytes({ attributes: {} })],
  ['no http', checkRequestBytes({ attributes: { request: {} } })],
  ['text', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['zeroes', Buffer.alloc(100)],
  ['groups in groups', Buffer.alloc(1_000_000, 0x0b)],
  ['an integer without end', Buffer.alloc(100, 0xff)],
  ['a length past the end', Buffer.from([0x0a, 0x7f, 0x22])],
  ['a length past what numbers hold', Buffer.from('0affffffffffffffffff01', 'hex')],
];

test('bytes of a path that are no UTF-8 become U+FFFD, which makes the path ambiguous wherever one decides', () => {
  assert.equal(decodeCheckRequest(Buffer.from('0a082206120422022fff', 'hex')).path, '/\uFFFD');
});

for (const [about, bytes] of GARBAGE) test(`${about} is no CheckRequest`, () => refused(bytes));

test('a recorded request that breaks off is refused wherever that is, but at a whole field', () => {
  const { bytes } = readFixture('plain');
  for (let length = 0; length < bytes.length; length++) refused(bytes.subarray(0, length));
});

test('no bytes do more than be refused', () => {
  const recorded = fixtures.map((name) => readFixture(name).bytes);
  const damaged = fc
    .tuple(
      fc.constantFrom(...recorded),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
    )
    .map(([bytes, changes]) => {
      const copy = Buffer.from(bytes);
      for (const [at, byte] of changes) copy[at % copy.length] = byte;
      return copy;
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged), (bytes) => {
      try {
        const { headers } = decodeCheckRequest(bytes);
        for (const name of headers.names()) headers.values(name);
      } catch (error) {
        assert.ok(error instanceof NotACheckRequest, String(error));
      }
    }),
    { numRuns: 3_000 },
  );
});

test('it reads what protobufjs writes by the definitions in proto/', () => {
  const words = fc.string({ unit: 'grapheme', maxLength: 20 });
  const names = fc.stringMatching(/^[a-z][a-z0-9_-]{0,12}$/).filter((name) => name !== 'x-request-id');
  const message = fc.record({
    id: fc.stringMatching(/^[0-9]{1,20}$/),
    method: words,
    path: words,
    host: words,
    headers: fc.dictionary(names, words),
    extensions: fc.dictionary(names, words),
    address: words,
    certificate: words,
    seconds: fc.integer({ min: -60_000_000_000, max: 4_000_000_000 }),
    nanos: fc.nat(999_999_999),
  });
  fc.assert(
    fc.property(
      message,
      ({ id, method, path, host, headers, extensions, address, certificate, seconds, nanos }) => {
        const bytes = checkRequestBytes({
          attributes: {
            source: { address: { socketAddress: { address, portValue: 5 } }, certificate },
            request: { time: { seconds, nanos }, http: { id, method, path, host, headers } },
            contextExtensions: extensions,
          },
        });
        const request = decodeCheckRequest(bytes);
        // What a `!` of the path stands for is a rule of its own, below.
        const read = path.replaceAll('!', '\uFFFD');
        assert.deepEqual([request.id, request.method, request.path, request.host], [id, method, read, host]);
        assert.deepEqual({ ...request.contextExtensions }, { ...extensions });
        assert.deepEqual([...request.headers.names()].sort(), Object.keys(headers).sort());
        for (const [name, value] of Object.entries(headers))
          assert.deepEqual(request.headers.values(name), [value]);
        assert.equal(request.peerAddress ?? '', address);
        assert.equal(request.peerCertificate ?? '', certificate);
        assert.equal(request.time, seconds * 1000 + Math.floor(nanos / 1e6));
      },
    ),
  );
});

test('a path is read byte by byte: the `!` that Envoy writes for what is no UTF-8 is not taken for one', () => {
  const pathOf = (path: string, raw?: Buffer) =>
    decodeCheckRequest(
      httpRequestBytes({
        path,
        ...(raw
          ? { headerMap: { headers: [{ key: ':path', rawValue: raw }] } }
          : { headers: { ':path': path } }),
      }),
    ).path;
  assert.equal(pathOf('/a!b', Buffer.from('/a!b')), '/a!b');
  assert.equal(pathOf('/a!!b', Buffer.from('/a\xc0\xafb', 'latin1')), '/a\xc0\xafb');
  assert.equal(pathOf('/a!b'), '/a\uFFFDb', 'which of the two it is can not be told');
  assert.equal(pathOf('/ab'), '/ab');
});

test('10,000 headers, a header of 1 MB and NULs are read', () => {
  const many = Array.from({ length: 10_000 }, (_, at) => ({ key: `x-${at % 5_000}`, value: String(at) }));
  const { headers } = decodeCheckRequest(
    httpRequestBytes({
      headerMap: {
        headers: [...many, { key: 'big', value: 'a'.repeat(1_000_000) }, { key: 'nul', value: 'a\0b' }],
      },
    }),
  );
  assert.equal(headers.names().length, 5_002);
  for (const name of headers.names()) assert.notEqual(headers.values(name).length, 0);
  assert.deepEqual(headers.values('x-7'), ['7', '5007']);
  assert.equal(headers.values('big')[0]?.length, 1_000_000);
  assert.deepEqual(headers.values('nul'), ['a\0b']);
});

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return Buffer.from([...bytes, left]);
}
