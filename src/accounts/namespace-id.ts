import { defineResourceId, type Identifier } from './identifier.ts';

/** The id of a namespace. */
export type NamespaceId = Identifier<'NamespaceId'>;
export const NamespaceId = defineResourceId<NamespaceId>();

/** The root of the tree. It always exists, has no parent and owns every host that it has not granted. */
export const GLOBAL = 'global' as NamespaceId;
