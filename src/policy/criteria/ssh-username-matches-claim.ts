import type { CriterionKind } from '../criterion.ts';
import { TEXT } from '../criterion-data.ts';
import { readText } from '../read-scalar.ts';
import { reasonOf } from '../reason.ts';
import { NO_SSH_USERNAME } from './ssh-username.ts';

const OK = reasonOf('ssh-username-ok');
const UNAUTHORIZED = reasonOf('ssh-username-unauthorized');
const UNAUTHENTICATED = reasonOf('user-unauthenticated');

/** Holds if the SSH user name is among the values of a claim. An HTTP request has the empty user name. */
export const sshUsernameMatchesClaim: CriterionKind = {
  name: 'ssh_username_matches_claim',
  data: TEXT,
  unknowable: { part: 'directory', reasons: [OK.name, UNAUTHORIZED.name] },
  compile(data, problems) {
    const name = readText(data, 'the name of a claim', (text) => text, problems);
    if (name === undefined) return undefined;
    return ({ subject }) => {
      if (subject === undefined) return UNAUTHENTICATED;
      return subject.claims.get(name)?.includes(NO_SSH_USERNAME) === true ? OK : UNAUTHORIZED;
    };
  },
  lint(data, notes) {
    notes.warn(
      data,
      'an HTTP request has the empty SSH user name: it holds only if the claim has the empty text among its values',
    );
  },
};
