import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, assertRefused, inputOf } from '../../support/policy-cases.ts';

const ED25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIIeAQ7VbiYJdPaxsMYTW/q5QpqtyHMtHHRBUJOcQMaLE';
const key = `ssh-ed25519 ${ED25519} key-1`;

/** The base64 of a public key with these fields. */
function encode(...fields: (string | Buffer)[]): string {
  const parts = fields.flatMap((field) => {
    const bytes = Buffer.from(field);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
  return Buffer.concat(parts).toString('base64');
}

const keys = [
  key,
  `ssh-ed25519 ${ED25519}`,
  `ssh-ed25519\t${ED25519}\twith a comment`,
  `from="10.0.0.0/8,\\"x y\\"",no-pty ssh-ed25519 ${ED25519} key-1`,
  `# a comment\n\n  ${key}\r\n`,
  `ssh-rsa ${encode('ssh-rsa', Buffer.from([1, 0, 1]), Buffer.alloc(257, 7))}`,
  `ecdsa-sha2-nistp256 ${encode('ecdsa-sha2-nistp256', 'nistp256', Buffer.alloc(65, 4))}`,
  `sk-ssh-ed25519@openssh.com ${encode('sk-ssh-ed25519@openssh.com', Buffer.alloc(32, 1), 'ssh:')}`,
  `ssh-ed25519-cert-v01@openssh.com ${encode('ssh-ed25519-cert-v01@openssh.com', Buffer.alloc(32, 1))}`,
];
for (const name of ['ssh_publickey', 'ssh_ca']) {
  test(`${name} takes keys as authorized_keys has them, and holds for no request`, () => {
    for (const data of [...keys, keys, []])
      for (const caller of [{}, 'nobody'] as const)
        assert.deepEqual(ask({ [name]: data }, inputOf(caller)), [false, 'ssh-publickey-unauthorized']);
  });

  test(`${name} refuses what is no key`, () => {
    const path = `allow.or[0].${name}`;
    const refused = [
      ...['', 'key', 'ssh-ed25519', ED25519, 'ssh-ed25519 AAAA', `# ${key}`, `"unclosed ${key}`],
      ...[
        `ssh-ed25519 ${ED25519.slice(0, -4)}`,
        `ssh-ed25519 ${ED25519}AAAA`,
        `ssh-ed25519 ${ED25519.slice(1)}`,
      ],
      `ssh-what ${encode('ssh-what', 'x')}`,
      `ssh-rsa ${encode('ssh-rsa', 'one field')}`,
      `ssh-ed25519 ${encode()}`,
      ...[5, null, true, { is: key }],
    ];
    for (const data of refused)
      assertRefused({ allow: { or: [{ [name]: data }] } }, path, /expected an SSH public key/);
    assertRefused(
      { allow: { or: [{ [name]: [key, 'x'] }] } },
      `${path}[1]`,
      /expected an SSH public key .*got "x"/,
    );
  });
}

test('a long text that is nearly a key is refused soon', () => {
  for (const text of ['a'.repeat(200_000), `${'a"b"'.repeat(3_000)} x`, `${'"\\"'.repeat(5_000)} x y`])
    assertRefused(
      { allow: { or: [{ ssh_publickey: text }] } },
      'allow.or[0].ssh_publickey',
      /expected an SSH/,
    );
});
