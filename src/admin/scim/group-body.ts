import { z } from 'zod';
import { optionalField, parseScimBody } from './scim-body.ts';
import { ScimRefusal } from './scim-refusal.ts';
import { GROUP_SCHEMA } from './scim-schemas.ts';

/** Users that one request may put into a group or take from it. */
export const MAX_MEMBERS = 20_000;

export const Members = z.array(z.object({ value: z.string().max(256) }));

const GroupBody = z.object({
  displayName: z.string().min(1).max(256),
  externalId: optionalField(z.string()),
  members: optionalField(Members),
});
export interface GroupBody {
  readonly displayName: string;
  readonly externalId: string | undefined;
  /** Ids of users; undefined if absent. */
  readonly members: readonly string[] | undefined;
}

export function parseGroupBody(body: unknown): GroupBody {
  const { displayName, externalId, members } = parseScimBody(GroupBody, GROUP_SCHEMA, body);
  return { displayName, externalId, members: members && memberIds(members) };
}

/** The ids in a list of members, or in one of them alone. Throws `ScimRefusal`. */
export function parseMembers(value: unknown): string[] {
  const members = Members.safeParse(Array.isArray(value) ? value : [value]);
  if (!members.success)
    throw new ScimRefusal('invalidValue', 'expected members as a list of objects, each with value');
  return memberIds(members.data);
}

function memberIds(members: z.output<typeof Members>): string[] {
  return [...new Set(members.map(({ value }) => value))];
}
