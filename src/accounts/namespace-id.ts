import { defineResourceId, type Identifier } from './identifier.ts';

/** Names a node of the namespace tree. */
export type NamespaceId = Identifier<'NamespaceId'>;
export const NamespaceId = defineResourceId<NamespaceId>();

/** The root of the tree. It always exists, has no parent and holds every host that it has not granted. */
export const GLOBAL = 'global' as NamespaceId;
