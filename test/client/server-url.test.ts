import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServerUrl } from '../../src/client/server-url.ts';

const GOOD: [text: string, same: string, at: object][] = [
  [
    'https://a.example.com',
    'https://a.example.com',
    { kind: 'tcp', host: 'a.example.com', port: 443, tls: true },
  ],
  [
    'HTTPS://A.example.com:443/',
    'https://a.example.com',
    { kind: 'tcp', host: 'a.example.com', port: 443, tls: true },
  ],
  ['https://[::1]:9192', 'https://[::1]:9192', { kind: 'tcp', host: '::1', port: 9192, tls: true }],
  ['https://10.0.0.7:80', 'https://10.0.0.7:80', { kind: 'tcp', host: '10.0.0.7', port: 80, tls: true }],
  [
    'http://127.0.0.1:9192',
    'http://127.0.0.1:9192',
    { kind: 'tcp', host: '127.0.0.1', port: 9192, tls: false },
  ],
  ['http://127.9.9.9', 'http://127.9.9.9', { kind: 'tcp', host: '127.9.9.9', port: 80, tls: false }],
  ['http://[::1]', 'http://[::1]', { kind: 'tcp', host: '::1', port: 80, tls: false }],
  ['http://LOCALHOST:1', 'http://localhost:1', { kind: 'tcp', host: 'localhost', port: 1, tls: false }],
  ['unix:/run/admin.sock', 'unix:/run/admin.sock', { kind: 'unix', path: '/run/admin.sock' }],
];

for (const [text, same, at] of GOOD)
  test(`${text} is a server`, () => assert.deepEqual(parseServerUrl(text), { text: same, at }));

for (const text of [
  'http://a.example.com',
  'http://10.0.0.7:9192',
  'http://[fd00::7]',
  'http://0.0.0.0',
  'http://localhost.example.com',
  'http://127.0.0.1.example.com',
  'https://a.example.com/path',
  'https://a.example.com?x',
  'https://a.example.com/#x',
  'https://user@a.example.com',
  'https://user:secret@a.example.com',
  'https://a.example.com\\@b.example.com',
  'https://a b',
  'https://',
  'https://a:70000',
  'ftp://a',
  'a.example.com',
  'unix:admin.sock',
  'unix:',
  `unix:/${'x'.repeat(107)}`,
  '',
])
  test(`${JSON.stringify(text.slice(0, 50))} is none`, () => assert.equal(parseServerUrl(text), undefined));
