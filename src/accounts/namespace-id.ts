import { defineIdentifier, type Identifier, RESOURCE_ID, RESOURCE_ID_EXPECTED } from './identifier.ts';

/** Names a node of the namespace tree. */
export type NamespaceId = Identifier<'NamespaceId'>;
export const NamespaceId = defineIdentifier<NamespaceId>(RESOURCE_ID, RESOURCE_ID_EXPECTED);

/** The root of the tree. It always exists, has no parent and holds every host that it has not granted. */
export const GLOBAL = 'global' as NamespaceId;
