import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatAddress, isLocal, parseAddress } from '../../src/sockets/address.ts';

const LOCAL = ['127.0.0.1:1', '127.9.9.9:1', '[::1]:1', 'localhost:1', 'LOCALHOST:1', 'unix:/a'];
const NOT_LOCAL = ['0.0.0.0:1', '[::]:1', '10.0.0.1:1', '128.0.0.1:1', '[fe80::1]:1', '[2001:db8::1]:1'];
const NONE = [
  '',
  ':1',
  '1',
  '127.0.0.1',
  '127.0.0.1:',
  '127.0.0.1:-1',
  '127.0.0.1:99999',
  '127.1:1',
  '0x7f.1:1',
  '[127.0.0.1]:1',
  '::1:1',
  '[::1]',
  'a:1',
  'localhost.:1',
  'unix:',
  'unix:/',
  'unix:a',
  'unix:@a',
  'unix:/a\0b',
  ' 127.0.0.1:1',
  'http://127.0.0.1:1',
];

describe('addresses', () => {
  for (const text of LOCAL)
    it(`${text} is reached from this machine alone`, () =>
      assert.equal(isLocal(parseAddress(text) ?? assert.fail()), true));
  for (const text of NOT_LOCAL)
    it(`${text} is reached from others`, () =>
      assert.equal(isLocal(parseAddress(text) ?? assert.fail()), false));
  for (const text of NONE)
    it(`${JSON.stringify(text)} is none`, () => assert.equal(parseAddress(text), undefined));

  it('are read as they are written', () => {
    const address = fc.oneof(
      fc
        .tuple(
          fc.oneof(
            fc.ipV4(),
            fc.ipV6().map((ip) => `[${ip}]`),
          ),
          fc.nat(65_535),
        )
        .map(([host, port]) => `${host}:${port}`),
      fc.stringMatching(/^[a-z/.]{1,50}$/).map((path) => `unix:/x${path}`),
    );
    fc.assert(
      fc.property(address, (text) =>
        assert.equal(formatAddress(parseAddress(text) ?? assert.fail(text)), text),
      ),
    );
  });
});
