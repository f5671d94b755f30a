import { defineIdentifier, type Identifier } from './identifier.ts';

/** What the `user` criterion of a policy matches; `sub` of a token (RFC 7519 §4.1.2). */
export type UserId = Identifier<'UserId'>;
export const UserId = defineIdentifier<UserId>(
  /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{1,256}$/u,
  '1 to 256 characters, none of them a control character',
);
