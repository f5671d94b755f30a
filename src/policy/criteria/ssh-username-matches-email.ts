import type { CriterionKind } from '../criterion.ts';
import { IGNORED } from '../criterion-data.ts';
import { reasonOf } from '../reason.ts';
import { NO_SSH_USERNAME } from './ssh-username.ts';

const OK = reasonOf('ssh-username-ok');
const UNAUTHORIZED = reasonOf('ssh-username-unauthorized');

/**
 * Holds if the SSH user name is the text before the @ of the caller's email. An HTTP request has the empty user name, so
 * this holds for callers without an email or without a credential, as in Pomerium.
 */
export const sshUsernameMatchesEmail: CriterionKind = {
  name: 'ssh_username_matches_email',
  data: IGNORED,
  unknowable: { part: 'directory', reasons: [OK.name, UNAUTHORIZED.name] },
  compile:
    () =>
    ({ subject }) => {
      const [username] = (subject?.email ?? '').split('@', 1);
      return username === NO_SSH_USERNAME ? OK : UNAUTHORIZED;
    },
  lint(data, notes) {
    notes.warn(
      data,
      'an HTTP request has the empty SSH user name: it holds for callers without an email or without a credential',
    );
  },
};
