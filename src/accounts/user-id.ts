import { defineDirectoryId, type Identifier } from './identifier.ts';

/** The name that the `user` criterion matches, and `sub` of a token (RFC 7519 §4.1.2). */
export type UserId = Identifier<'UserId'>;
export const UserId = defineDirectoryId<UserId>();
