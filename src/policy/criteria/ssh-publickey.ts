import type { CriterionKind } from '../criterion.ts';
import { TEXTS_SCHEMA } from '../criterion-data.ts';
import { readTexts } from '../read-scalar.ts';
import { reasonOf } from '../reason.ts';
import { isSshPublicKey } from '../ssh-public-key.ts';

const UNAUTHORIZED = reasonOf('ssh-publickey-unauthorized');

const SCHEMA = {
  description: 'A public key as authorized_keys has it, or a list. Never holds: there is no SSH.',
  ...TEXTS_SCHEMA,
};

/** Never holds, because an HTTP request has no SSH key. */
export const sshPublickey: CriterionKind = defineSshKeyCriterion('ssh_publickey');

/** Likewise: there is no certificate that one of these authorities could have signed. */
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
