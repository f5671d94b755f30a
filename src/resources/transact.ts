import type { Credential } from '../accounts/service-account.ts';
import { ALL_GRANTS, type Grants } from '../roles/grants.ts';
import type { Store, StorePosition, Write } from '../store/port.ts';
import type { Access } from './access.ts';
import { authorizeChanges } from './authorize-changes.ts';
import { credentialWrite, revokedAt } from './credential-writes.ts';
import { findPlantedCredentials, PlantedCredentials } from './planted-credentials.ts';
import { Reader } from './reader.ts';
import { recordActivity } from './record-activity.ts';
import { readCommitChanges } from './record-change.ts';
import { stampCommit } from './stamp-commit.ts';

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
  /** Credentials that were revoked because the commit would have been refused otherwise. */
  readonly revoked: readonly Credential[];
}

/** Others kept writing first. Nothing was changed; trying again may do. */
export class Conflict extends Error {
  override readonly name = 'Conflict';
}

const ATTEMPTS = 20;

export interface TransactOptions {
  /** Works everything out, and writes nothing. */
  readonly dryRun?: boolean;
  /** Revokes, with the same commit, credentials for which it would be refused: see `findPlantedCredentials`. */
  readonly revokeOthers?: boolean;
}

/**
 * Reads, plans and commits against one revision, again from the start where somebody else committed in between. Every
 * record that changes must be the author's to change, and has its entry in the activity log with the same commit. A plan
 * may run several times and must do nothing but read. Throws `Forbidden`, `Conflict` and whatever the plan throws.
 */
export async function transact<T>(
  store: Store,
  access: Access,
  plan: (reader: Reader, grants: Grants) => Promise<Plan<T>>,
  { dryRun = false, revokeOthers = false }: TransactOptions = {},
): Promise<Committed<T>> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await store.position();
    const reader = new Reader(store);
    const outcome = await planAllowed(reader, access, plan, before.revision + 1, revokeOthers).catch(
      async (error: unknown): Promise<undefined> => {
        // What a plan read while others wrote may be of two moments, and no reason to refuse.
        if ((await store.position()).revision === before.revision) throw error;
      },
    );
    if (!outcome) continue;
    const { writes, result, revoked } = outcome;
    if (writes.length === 0 || dryRun) return { result, position: before, changed: false, revoked };
    const committed = await store.commit(before.revision, writes);
    if ('committed' in committed) return { result, position: committed.committed, changed: true, revoked };
  }
  throw new Conflict(
    `others changed the store ${ATTEMPTS} times in a row while this was worked out; nothing was changed, try again`,
  );
}

interface AllowedPlan<T> extends Plan<T> {
  readonly revoked: readonly Credential[];
}

async function planAllowed<T>(
  reader: Reader,
  access: Access,
  plan: (reader: Reader, grants: Grants) => Promise<Plan<T>>,
  revision: number,
  revokeOthers: boolean,
): Promise<AllowedPlan<T>> {
  const grants = await access.grants(reader);
  const planned = await plan(reader, grants);
  const { result } = planned;
  if (planned.writes.length === 0) return { writes: [], result, revoked: [] };
  const bindings = grants === ALL_GRANTS ? [] : await reader.collect('role_binding');
  const asking = { author: access.author, grants, bindings };
  let commit = await readCommitChanges(planned.writes, reader);
  authorizeChanges(commit, asking);
  const planted = await findPlantedCredentials(commit, reader, access.now());
  if (planted.length > 0 && !revokeOthers) throw new PlantedCredentials(planted);
  const revoked = revokedAt(access.now(), planted);
  const writes = [...planned.writes, ...revoked.map(credentialWrite)];
  if (revoked.length > 0) {
    commit = await readCommitChanges(writes, reader);
    authorizeChanges(commit, asking);
  }
  const stamped = stampCommit(commit, writes, access.author, revision);
  const activity = recordActivity(stamped.commit, access.author, revision, access.now());
  return { writes: [...stamped.writes, ...activity], result, revoked };
}
