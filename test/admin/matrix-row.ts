import type { AdminRequest, AdminWorld } from '../support/admin-world.ts';

/** Where what is asked for is, seen from `team-a`, in which the callers have their roles. */
export const PLACES = { inside: 'team-a', below: 'team-a.sub', above: 'global', beside: 'team-b' } as const;
export type Place = keyof typeof PLACES;

/** Hosts that are held there, each by its namespace or by one above it. */
export const HOSTS: Readonly<Record<Place, string>> = {
  inside: 'a.example.com',
  below: 'sub.a.example.com',
  above: 'other.example.com',
  beside: 'b.example.com',
};

/** Something that is made anew for one request. */
export interface Fixture {
  /** Its id, or that of the request's main subject; no two are the same. */
  readonly id: string;
  /** The namespace that it is in, or is to be in. */
  readonly namespace: string;
  readonly host: string;
  readonly world: AdminWorld;
}

export interface Asked extends Pick<AdminRequest, 'body' | 'headers'> {
  /** For the braces of the path. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
}

export interface Way {
  /** Told in the name of the test. */
  readonly how?: string;
  /** What is there before anybody asks. */
  readonly prepare?: (fixture: Fixture) => Promise<void>;
  readonly ask: (fixture: Fixture) => Asked | Promise<Asked>;
  /** It is there, whatever place is asked for. */
  readonly always?: 'global';
}

/** One way to ask an operation, and what it needs. */
export type Row =
  /** About the caller alone. */
  | (Way & { readonly about: 'self' })
  /** Of no place: whoever has a role may. */
  | (Way & { readonly about: 'nothing' })
  /** Seen or not there. */
  | (Way & { readonly about: 'one' })
  /** Also asked without `?namespace`; `name` and `place` tell the fixture among what is listed, and where an item is. */
  | (Way & {
      readonly about: 'list';
      readonly name: (item: unknown) => string;
      readonly place: (item: unknown) => string;
    })
  | (Way & { readonly about: 'write'; readonly needs: 'manager' | 'admin' });
