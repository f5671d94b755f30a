import { z } from 'zod';
import { HostPattern } from '../routes/host-pattern-schema.ts';
import type { Route } from '../routes/route-schema.ts';
import { parseRecord, type StoredRecord } from '../store/record.ts';
import type { KeptRecord } from './kept-records.ts';
import { messageOf } from './message-of.ts';

/** What a record of a route came to: the route, or where it would match as far as that can be told. */
export type LoadedRoute = KeptRecord &
  (
    | { readonly route: Route }
    | {
        readonly problem: string;
        readonly namespace: string | undefined;
        readonly hosts: readonly HostPattern[] | undefined;
      }
  );

/** Throws nothing: what might be for a route that can't be used fails. */
export function loadRoute(record: StoredRecord): LoadedRoute {
  const { revision } = record;
  try {
    return { revision, route: parseRecord('route', record) };
  } catch (error) {
    const { namespace, hosts } = Reach.safeParse(record.value).data ?? {};
    return { revision, problem: messageOf(error), namespace, hosts };
  }
}

const Reach = z.object({
  namespace: z.string().optional().catch(undefined),
  hosts: z.array(HostPattern).optional().catch(undefined),
});
