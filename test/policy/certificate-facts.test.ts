import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateFacts, parseSubjectAltName } from '../../src/policy/certificate-facts.ts';
import { client1 } from '../support/policy-cases.ts';

test('the facts of a certificate are read once', () => {
  assert.ok(client1);
  assert.equal(certificateFacts(client1), certificateFacts(client1));
});

test('each kind of name is told apart', () => {
  assert.ok(client1);
  const { sanDns, sanEmails, sanUris } = certificateFacts(client1);
  assert.deepEqual(sanDns, ['client1.svc.local', 'alt1.example.com']);
  assert.deepEqual(sanEmails, ['client1@example.com']);
  assert.deepEqual(sanUris, ['spiffe://mesh.local/ns/team1/sa/client1']);
});

const cases: [string, { kind: string; value: string }[]][] = [
  ['', []],
  ['DNS:a.example', [{ kind: 'DNS', value: 'a.example' }]],
  [
    'DNS:a.example, URI:spiffe://x/y, IP Address:10.0.0.1',
    [
      { kind: 'DNS', value: 'a.example' },
      { kind: 'URI', value: 'spiffe://x/y' },
      { kind: 'IP Address', value: '10.0.0.1' },
    ],
  ],
  // A name that tries to pass for two arrives quoted.
  ['DNS:"good.example, DNS:evil.example"', [{ kind: 'DNS', value: 'good.example, DNS:evil.example' }]],
  [
    'URI:"http://a/\\", DNS:b", email:x@y',
    [
      { kind: 'URI', value: 'http://a/", DNS:b' },
      { kind: 'email', value: 'x@y' },
    ],
  ],
];
for (const [text, names] of cases)
  test(`the names of ${text === '' ? 'no extension' : text} are read`, () => {
    assert.deepEqual(parseSubjectAltName(text), names);
  });
