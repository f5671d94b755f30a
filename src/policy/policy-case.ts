import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { parseMoment } from './criteria/date.ts';
import { PolicyCaseSpec } from './policy-case-schema.ts';
import type { ClientCertificate, PolicyInput, PolicyRequest, PolicySubject } from './policy-input.ts';

/** A case with its certificate and time parsed. */
export const PolicyCase = PolicyCaseSpec.transform((spec, context) => {
  const { client_certificate, time, ...request } = spec.request;
  const { presented, valid, leaf } = client_certificate;
  const moment = time === undefined ? undefined : parseMoment(time);
  const refuse = (path: string[], message: string) =>
    context.addIssue({ code: 'custom', path: ['request', ...path], message });
  if (time !== undefined && moment === undefined)
    refuse(['time'], 'expected a time such as 2027-01-31T12:00:00Z');
  const certificate: ClientCertificate = { presented, valid, leaf: undefined };
  try {
    const read = leaf === '' ? undefined : new X509Certificate(leaf);
    return {
      ...spec,
      request: { ...request, time: moment, client_certificate: { ...certificate, leaf: read } },
    };
  } catch {
    refuse(['client_certificate', 'leaf'], 'expected a certificate as PEM');
    return z.NEVER;
  }
});
export type PolicyCase = z.output<typeof PolicyCase>;

/** A case's request as policies see it. */
export function policyCaseInput({ account, user, directory_user, request }: PolicyCase): PolicyInput {
  return {
    subject: account ? subjectOf(account, user, directory_user) : undefined,
    request: requestOf(request),
  };
}

function subjectOf(
  account: NonNullable<PolicyCase['account']>,
  user: PolicyCase['user'],
  directoryUser: PolicyCase['directory_user'],
): PolicySubject {
  return {
    userId: account.user_id ?? directoryUser?.id ?? user?.id ?? '',
    email: directoryUser?.email || (user?.email ?? ''),
    directoryUser: directoryUser ?? undefined,
    groups: directoryUser?.group_ids ?? [],
    claims: new Map(Object.entries({ ...user?.claims, ...directoryUser?.claims })),
  };
}

function requestOf(request: PolicyCase['request']): PolicyRequest {
  const { method, path, ip, client_certificate: clientCertificate, time = 0, mcp } = request;
  const values = new Map(Object.entries(request.headers).map(([name, list]) => [name.toLowerCase(), list]));
  const header = (name: string) => values.get(name) ?? [];
  return { method, path, header, ip: ip || undefined, clientCertificate, time, mcp: mcp ?? undefined };
}
