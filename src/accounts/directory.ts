import { z } from 'zod';
import { UserId } from '../tokens/user-id.ts';
import { GroupId } from './group-id.ts';
import { identifier } from './identifier-schema.ts';

export const ClaimValue = z.union([z.string().max(4096), z.number(), z.boolean()]);
export type ClaimValue = z.infer<typeof ClaimValue>;

/** Who a service account may impersonate. Global: directory users belong to no namespace. */
export const DirectoryUser = z.strictObject({
  id: identifier(UserId),
  email: z.string().max(320).default(''),
  name: z.string().max(256).default(''),
  groups: z.array(identifier(GroupId)).max(10_000).default([]),
  claims: z.record(z.string().max(256), z.array(ClaimValue).max(1000)).default({}),
  /** False: no account stands for the user any more, though it may stay in the directory. */
  active: z.boolean().default(true),
});
export type DirectoryUser = z.infer<typeof DirectoryUser>;

export const DirectoryGroup = z.strictObject({
  id: identifier(GroupId),
  name: z.string().max(256).default(''),
});
export type DirectoryGroup = z.infer<typeof DirectoryGroup>;
