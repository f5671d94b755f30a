import type { Database as LmdbDatabase, RootDatabase } from 'lmdb';

/** Text by keys of bytes. */
export type Database = RootDatabase<string, Uint8Array>;
/** What sidecars write, apart from the records: no revision, no count and no backup knows of it. */
export type SideDatabase = LmdbDatabase<string, Uint8Array>;
