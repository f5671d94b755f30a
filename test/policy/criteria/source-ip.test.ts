import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, assertRefused, inputOf } from '../../support/policy-cases.ts';

const cases: [unknown, string | undefined, boolean][] = [
  ['10.1.2.3', '10.1.2.3', true],
  ['10.1.2.3', '10.1.2.4', false],
  ['10.1.2.3', '::ffff:10.1.2.3', true],
  ['::ffff:10.1.2.3', '10.1.2.3', true],
  ['::ffff:10.0.0.0/104', '10.9.9.9', true],
  ['10.0.0.0/8', '10.255.255.255', true],
  ['10.0.0.0/8', '11.0.0.0', false],
  ['10.1.2.3/8', '10.9.9.9', true],
  ['0.0.0.0/0', '255.255.255.255', true],
  ['0.0.0.0/0', '2001:db8::1', false],
  ['::/0', '2001:db8::1', true],
  ['::/0', '10.1.2.3', false],
  ['2001:db8::/32', '2001:db8:ffff::1', true],
  ['2001:db8::/32', '2001:db9::1', false],
  ['2001:db8::1', '2001:0DB8:0:0:0:0:0:1', true],
  ['fe80::1', 'fe80::1%eth0', false],
  [['10.0.0.0/8', '192.168.0.9'], '192.168.0.9', true],
  [[], '10.1.2.3', false],
  ['0.0.0.0/0', undefined, false],
  ['0.0.0.0/0', 'unexpected-response', false],
];
for (const [data, ip, holds] of cases)
  test(`source_ip ${JSON.stringify(data)} ${holds ? 'holds' : 'does not hold'} for ${ip}`, () => {
    const expected = [holds, holds ? 'source-ip-ok' : 'source-ip-unauthorized'];
    assert.deepEqual(ask({ source_ip: data }, inputOf('nobody', { ip })), expected);
  });

for (const data of [
  'nope',
  '',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/08',
  '::/129',
  '010.0.0.1',
  'fe80::1%eth0',
  '1.2.3',
  5,
  null,
  { in: ['1.1.1.1'] },
])
  test(`source_ip ${JSON.stringify(data)} is refused`, () => {
    assertRefused(
      { allow: { or: [{ source_ip: data }] } },
      'allow.or[0].source_ip',
      /expected an IP address or network/,
    );
  });
