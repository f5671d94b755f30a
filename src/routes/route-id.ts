import {
  defineIdentifier,
  type Identifier,
  RESOURCE_ID,
  RESOURCE_ID_EXPECTED,
} from '../accounts/identifier.ts';

/** Names a route. */
export type RouteId = Identifier<'RouteId'>;
export const RouteId = defineIdentifier<RouteId>(RESOURCE_ID, RESOURCE_ID_EXPECTED);
