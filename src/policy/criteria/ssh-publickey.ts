import type { CriterionKind } from '../criterion.ts';
import { TEXTS_SCHEMA } from '../criterion-data.ts';
import { readTexts } from '../read-scalar.ts';
import { reasonOf } from '../reason.ts';
import { isSshPublicKey } from '../ssh-public-key.ts';

const UNAUTHORIZED = reasonOf('ssh-publickey-unauthorized');

const SCHEMA = {
  description: 'A public key as in authorized_keys, or a list. Never holds: an HTTP request has no SSH key.',
  ...TEXTS_SCHEMA,
};

/** Never holds, because an HTTP request has no SSH key. */
export const sshPublickey: CriterionKind = defineSshKeyCriterion('ssh_publickey');

/** Never holds, because an HTTP request has no SSH certificate. */
export const sshCa: CriterionKind = defineSshKeyCriterion('ssh_ca');

function defineSshKeyCriterion(name: string): CriterionKind {
  return {
    name,
    data: { name: 'ssh-keys', schema: SCHEMA },
    compile(data, problems) {
      const expected = 'an SSH public key such as "ssh-ed25519 AAAA… name"';
      const keys = readTexts(data, expected, (text) => (isSshPublicKey(text) ? text : undefined), problems);
      return keys && (() => UNAUTHORIZED);
    },
    lint: (data, notes) => notes.neverHolds(data, 'an HTTP request has no SSH key'),
  };
}
