import { defineDirectoryId, type Identifier } from './identifier.ts';

/** Names a directory group, as the identity provider does. */
export type GroupId = Identifier<'GroupId'>;
export const GroupId = defineDirectoryId<GroupId>();
