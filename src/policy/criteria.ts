import { accept } from './criteria/accept.ts';
import { authenticatedUser } from './criteria/authenticated-user.ts';
import { claim } from './criteria/claim.ts';
import { clientCertificate } from './criteria/client-certificate.ts';
import { corsPreflight } from './criteria/cors-preflight.ts';
import { date } from './criteria/date.ts';
import { dayOfWeek } from './criteria/day-of-week.ts';
import { device } from './criteria/device.ts';
import { domain } from './criteria/domain.ts';
import { email } from './criteria/email.ts';
import { groups } from './criteria/groups.ts';
import { httpMethod } from './criteria/http-method.ts';
import { httpPath } from './criteria/http-path.ts';
import { invalidClientCertificate } from './criteria/invalid-client-certificate.ts';
import { mcpTool } from './criteria/mcp-tool.ts';
import { reject } from './criteria/reject.ts';
import { sourceIp } from './criteria/source-ip.ts';
import { sshCa, sshPublickey } from './criteria/ssh-publickey.ts';
import { sshUsername } from './criteria/ssh-username.ts';
import { sshUsernameMatchesClaim } from './criteria/ssh-username-matches-claim.ts';
import { sshUsernameMatchesEmail } from './criteria/ssh-username-matches-email.ts';
import { timeOfDay } from './criteria/time-of-day.ts';
import { user } from './criteria/user.ts';
import type { CriterionKind } from './criterion.ts';

/** Every criterion of the language, by name. */
export const CRITERIA: ReadonlyMap<string, CriterionKind> = new Map(
  [
    accept,
    reject,
    authenticatedUser,
    corsPreflight,
    invalidClientCertificate,
    user,
    email,
    domain,
    httpMethod,
    httpPath,
    groups,
    claim,
    sourceIp,
    clientCertificate,
    date,
    dayOfWeek,
    timeOfDay,
    mcpTool,
    device,
    sshUsername,
    sshUsernameMatchesEmail,
    sshUsernameMatchesClaim,
    sshPublickey,
    sshCa,
  ].map((kind) => [kind.name, kind]),
);

/** Finds a criterion by its name in a document, such as `user` or `claim/department`. */
export function findCriterion(name: string): CriterionKind | undefined {
  const slash = name.indexOf('/');
  if (slash === -1) return CRITERIA.get(name);
  const kind = CRITERIA.get(name.slice(0, slash));
  return kind?.hasSubject ? kind : undefined;
}
