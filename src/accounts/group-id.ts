import { defineIdentifier, type Identifier } from './identifier.ts';

/** Names a directory group, as the identity provider does. */
export type GroupId = Identifier<'GroupId'>;
export const GroupId = defineIdentifier<GroupId>(
  /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{1,256}$/u,
  '1 to 256 characters, none of them a control character',
);
