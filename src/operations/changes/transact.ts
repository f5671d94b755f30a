import { setTimeout } from 'node:timers/promises';
import type { Credential } from '../../accounts/service-account-schema.ts';
import { OperationError } from '../../contract/operation-error.ts';
import type { Grants } from '../../roles/grants.ts';
import type { Store, StorePosition, Write } from '../../store/port.ts';
import type { RecordKey, StoredRecord } from '../../store/record.ts';
import { readCommitChanges } from '../index/record-change.ts';
import type { RecordPlaces } from '../index/record-places.ts';
import type { Principal } from '../principal.ts';
import { Reader } from '../reader.ts';
import type { PlacedKind } from '../resource-kinds.ts';
import { authorizeChanges } from './authorize-changes.ts';
import { credentialWrite, revokedAt } from './credential-writes.ts';
import { describePlanted, findPlantedCredentials } from './planted-credentials.ts';
import { recordActivity } from './record-activity.ts';
import { stampCommit } from './stamp-commit.ts';

/** What a transaction plans: the writes, and the result for the caller. */
export interface Plan<T> {
  readonly writes: readonly Write[];
  readonly result: T;
}

export interface Committed<T> {
  readonly result: T;
  readonly position: StorePosition;
  /** Whether anything was written. */
  readonly changed: boolean;
  /** Credentials that were revoked because the commit would have been refused otherwise. */
  readonly revoked: readonly Credential[];
}

const ATTEMPTS = 20;
/** Those that are made without a pause before them. */
const PROMPT_ATTEMPTS = 5;
const MAX_PAUSE_MS = 100;

export interface TransactOptions {
  /** Plans and checks, and writes nothing. */
  readonly dryRun?: boolean;
  /** Revokes, with the same commit, credentials for which it would be refused: see `findPlantedCredentials`. */
  readonly revokeOthers?: boolean;
}

/**
 * Reads, plans and commits against one revision, again from the start where another process committed in between; those of this
 * process wait for each other. Every record that changes must be the author's to change, and has its entry in the activity log with
 * the same commit. A plan may run several times and must only read. Throws `OperationError` and errors of the plan.
 */
export function transact<T>(
  store: Store,
  principal: Principal,
  plan: (reader: Reader, grants: Grants) => Promise<Plan<T>>,
  { dryRun = false, revokeOthers = false }: TransactOptions = {},
): Promise<Committed<T>> {
  const work = () => planAndCommit(store, principal, plan, { dryRun, revokeOthers });
  return dryRun ? work() : inTurn(store, work);
}

/** Settles with this process's last change of each store; without its result, which may be large. */
const lastChanges = new WeakMap<Store, Promise<void>>();

function inTurn<T>(store: Store, work: () => Promise<T>): Promise<T> {
  const result = (lastChanges.get(store) ?? Promise.resolve()).then(work);
  const ended = () => undefined;
  lastChanges.set(store, result.then(ended, ended));
  return result;
}

async function planAndCommit<T>(
  store: Store,
  principal: Principal,
  plan: (reader: Reader, grants: Grants) => Promise<Plan<T>>,
  { dryRun, revokeOthers }: Required<TransactOptions>,
): Promise<Committed<T>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // Random pauses, so that no process starves.
    if (attempt >= PROMPT_ATTEMPTS) await setTimeout(Math.random() * MAX_PAUSE_MS);
    const before = await store.position();
    const reader = new TransactionReader(store);
    const outcome = await planAllowed(reader, principal, plan, before.revision + 1, revokeOthers).catch(
      async (error: unknown): Promise<undefined> => {
        // A plan that read during another commit may have seen a mix of revisions: retry.
        if ((await store.position()).revision === before.revision) throw error;
      },
    );
    if (!outcome) continue;
    const { writes, result, revoked } = outcome;
    if (writes.length === 0 || dryRun) return { result, position: before, changed: false, revoked };
    const committed = await store.commit(before.revision, writes);
    if ('committed' in committed) return { result, position: committed.committed, changed: true, revoked };
  }
  throw new OperationError(
    'conflict',
    `other processes changed the store ${ATTEMPTS} times in a row while this was worked out; nothing was changed, try again`,
    [],
    { retryAfter: 1 },
  );
}

interface AllowedPlan<T> extends Plan<T> {
  readonly revoked: readonly Credential[];
}

async function planAllowed<T>(
  reader: Reader,
  principal: Principal,
  plan: (reader: Reader, grants: Grants) => Promise<Plan<T>>,
  revision: number,
  revokeOthers: boolean,
): Promise<AllowedPlan<T>> {
  const grants = await principal.grants(reader);
  const planned = await plan(reader, grants);
  const { result } = planned;
  if (planned.writes.length === 0) return { writes: [], result, revoked: [] };
  const { author } = principal;
  let commit = await readCommitChanges(planned.writes, reader);
  await authorizeChanges(commit, { author, grants, reader });
  const planted = await findPlantedCredentials(commit, reader, principal.now());
  if (planted.length > 0 && !revokeOthers) throw describePlanted(planted);
  const revoked = revokedAt(principal.now(), planted);
  const writes = [...planned.writes, ...revoked.map(credentialWrite)];
  if (revoked.length > 0) {
    commit = await readCommitChanges(writes, reader);
    await authorizeChanges(commit, { author, grants, reader });
  }
  const stamped = stampCommit(commit, writes, author, revision);
  const activity = await recordActivity(stamped.commit, author, revision, principal.now());
  return { writes: stamped.writes.concat(activity), result, revoked };
}

/**
 * The reads of one attempt of a transaction, whose parts ask for the same records: each is read once. The attempt commits with the
 * revision from before its first read, so that the commit fails if anything was changed since.
 */
class TransactionReader extends Reader {
  readonly #records = new Map<string, StoredRecord | undefined>();
  readonly #places = new Map<PlacedKind, Promise<RecordPlaces>>();

  protected override async get(keys: readonly RecordKey[]): Promise<(StoredRecord | undefined)[]> {
    const missing = keys.filter((key) => !this.#records.has(nameOf(key)));
    if (missing.length > 0) {
      const read = await super.get(missing);
      for (const [index, key] of missing.entries()) this.#records.set(nameOf(key), read[index]);
    }
    return keys.map((key) => this.#records.get(nameOf(key)));
  }

  override async places(kind: PlacedKind): Promise<RecordPlaces> {
    const places = this.#places.get(kind) ?? super.places(kind);
    this.#places.set(kind, places);
    return places;
  }
}

function nameOf({ kind, id }: RecordKey): string {
  return `${kind} ${id}`;
}
