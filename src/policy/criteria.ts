import { accept } from './criteria/accept.ts';
import { authenticatedUser } from './criteria/authenticated-user.ts';
import { claim } from './criteria/claim.ts';
import { clientCertificate } from './criteria/client-certificate.ts';
import { corsPreflight } from './criteria/cors-preflight.ts';
import { date } from './criteria/date.ts';
import { dayOfWeek } from './criteria/day-of-week.ts';
import { domain } from './criteria/domain.ts';
import { email } from './criteria/email.ts';
import { groups } from './criteria/groups.ts';
import { httpMethod } from './criteria/http-method.ts';
import { httpPath } from './criteria/http-path.ts';
import { invalidClientCertificate } from './criteria/invalid-client-certificate.ts';
import { reject } from './criteria/reject.ts';
import { sourceIp } from './criteria/source-ip.ts';
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
  ].map((kind) => [kind.name, kind]),
);
