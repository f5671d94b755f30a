import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ClaimValue } from '../../src/accounts/directory.ts';
import type { PolicyInput } from '../../src/policy/policy-input.ts';

const Side = z.strictObject({ value: z.boolean(), reasons: z.array(z.string()) });

/** A decision made by Pomerium. */
export const Vector = z.strictObject({
  id: z.number(),
  ppl: z.string(),
  account: z.strictObject({ id: z.string(), user_id: z.string() }).nullable(),
  user: z
    .strictObject({
      id: z.string(),
      name: z.string(),
      email: z.string(),
      claims: z.record(z.string(), z.array(ClaimValue)),
    })
    .nullable(),
  directory_user: z
    .strictObject({ id: z.string(), email: z.string(), group_ids: z.array(z.string()) })
    .nullable(),
  request: z.strictObject({
    method: z.string(),
    path: z.string(),
    headers: z.record(z.string(), z.array(z.string())),
    ip: z.string(),
    client_certificate: z.strictObject({ presented: z.boolean(), leaf: z.string(), valid: z.boolean() }),
  }),
  expect: z.union([z.strictObject({ allow: Side, deny: Side }), z.strictObject({ error: z.literal(true) })]),
  note: z.string().optional(),
});
export type Vector = z.infer<typeof Vector>;

export const vectors: readonly Vector[] = readFileSync(new URL('vectors.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => Vector.parse(JSON.parse(line)));

/** A vector's request as policies see it. */
export function vectorInput({ account, user, directory_user: directoryUser, request }: Vector): PolicyInput {
  const headers = new Map(
    Object.entries(request.headers).map(([name, values]) => [name.toLowerCase(), values]),
  );
  const { presented, leaf, valid } = request.client_certificate;
  return {
    subject: account
      ? {
          userId: account.user_id,
          // The directory's email goes before the user's.
          email: directoryUser?.email || (user?.email ?? ''),
          directoryUser: directoryUser ?? undefined,
          groups: directoryUser?.group_ids ?? [],
          claims: new Map(Object.entries(user?.claims ?? {})),
        }
      : undefined,
    request: {
      method: request.method,
      path: request.path,
      header: (name) => headers.get(name) ?? [],
      ip: request.ip === '' ? undefined : request.ip,
      clientCertificate: { presented, valid, leaf: leaf === '' ? undefined : new X509Certificate(leaf) },
      time: 0,
    },
  };
}
