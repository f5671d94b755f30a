import { defineDirectoryId, type Identifier } from './identifier.ts';

/** What the `user` criterion of a policy matches; `sub` of a token (RFC 7519 §4.1.2). */
export type UserId = Identifier<'UserId'>;
export const UserId = defineDirectoryId<UserId>();
