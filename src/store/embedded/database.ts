import type { RootDatabase } from 'lmdb';

/** Text by keys of bytes. */
export type Database = RootDatabase<string, Uint8Array>;
