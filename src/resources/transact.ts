import { setTimeout } from 'node:timers/promises';
import { ALL_GRANTS, type Grants } from '../roles/grants.ts';
import type { Store, StorePosition, Write } from '../store/port.ts';
import type { Access } from './access.ts';
import { authorizeChanges } from './authorize-changes.ts';
import { Reader } from './reader.ts';
import { recordActivity } from './record-activity.ts';
import { readCommitChanges } from './record-change.ts';

/** What a transaction works out: the writes, and what to tell whoever asked for it. */
export interface Plan<T> {
  readonly writes: readonly Write[];
  readonly result: T;
}

export interface Committed<T> {
  readonly result: T;
  readonly position: StorePosition;
  /** Whether anything was written. */
  readonly changed: boolean;
}

/** Others kept writing first. Nothing was changed; trying again may do. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

const ATTEMPTS = 20;
/** Those that are made without a pause before them. */
const PROMPT_ATTEMPTS = 5;
const MAX_PAUSE_MS = 100;

export interface TransactOptions {
  /** Works everything out, and writes nothing. */
  readonly dryRun?: boolean;
}

/**
 * Reads, plans and commits against one revision, again from the start where another process committed in between; those of this
 * process wait for each other. Every record that changes must be the author's to change, and has its entry in the activity log with
 * the same commit. A plan may run several times and must do nothing but read. Throws `Forbidden`, `Conflict` and whatever the plan
 * throws.
 */
export function transact<T>(
  store: Store,
  access: Access,
  plan: (reader: Reader, grants: Grants) => Promise<Plan<T>>,
  { dryRun = false }: TransactOptions = {},
): Promise<Committed<T>> {
  const work = () => planAndCommit(store, access, plan, dryRun);
  return dryRun ? work() : inTurn(store, work);
}

/** The end of the last change of each store that was begun in this process; not its result, which may be large. */
const lastChanges = new WeakMap<Store, Promise<void>>();

function inTurn<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const result = (lastChanges.get(store) ?? Promise.resolve()).then(work);
  const ended = () => undefined;
  lastChanges.set(store, result.then(ended, ended));
  return result;
}

async function planAndCommit<T>(
  store: Store,
  access: Access,
  plan: (reader: Reader, grants: Grants) => Promise<Plan<T>>,
  dryRun: boolean,
): Promise<Committed<T>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // Of several processes that write all the time, none shall always come too late.
    if (attempt >= PROMPT_ATTEMPTS) await setTimeout(Math.random() * MAX_PAUSE_MS);
    const before = await store.position();
    const reader = new Reader(store);
    const outcome = await planAllowed(reader, access, plan, before.revision + 1).catch(
      async (error: unknown): Promise<undefined> => {
        // What a plan read while others wrote may be of two moments, and no reason to refuse.
        if ((await store.position()).revision === before.revision) throw error;
      },
    );
    if (!outcome) continue;
    const { writes, result } = outcome;
    if (writes.length === 0 || dryRun) return { result, position: before, changed: false };
    const committed = await store.commit(before.revision, writes);
    if ('committed' in committed) return { result, position: committed.committed, changed: true };
  }
  throw new Conflict(
    `other processes changed the store ${ATTEMPTS} times in a row while this was worked out; nothing was changed, try again`,
  );
}

async function planAllowed<T>(
  reader: Reader,
  access: Access,
  plan: (reader: Reader, grants: Grants) => Promise<Plan<T>>,
  revision: number,
): Promise<Plan<T>> {
  const grants = await access.grants(reader);
  const { writes, result } = await plan(reader, grants);
  if (writes.length === 0) return { writes, result };
  const commit = await readCommitChanges(writes, reader);
  const bindings = grants === ALL_GRANTS ? [] : await reader.bindings();
  await authorizeChanges(commit, { author: access.author, grants, bindings });
  const activity = await recordActivity(commit, access.author, revision, access.now());
  return { writes: writes.concat(activity), result };
}
