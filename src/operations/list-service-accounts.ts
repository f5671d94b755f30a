import type { Credential, ServiceAccount } from '../accounts/service-account-schema.ts';
import type { Operations } from '../contract/contract.ts';
import type { InputOf } from '../contract/operation.ts';
import {
  type AccountStatus,
  accountStatus,
  credentialStatus,
  credentialsExpireAt,
  describeAccount,
  describeCredential,
} from './account-view.ts';
import type { PlacedQuery, PlacedRow } from './index/placed-ids.ts';
import { accountFact, type RecordPlaces } from './index/record-places.ts';
import { type LastUsedTimes, readLastUsed } from './last-used.ts';
import { inScope, matchesSearch } from './list-page.ts';
import { listPlaced } from './list-placed.ts';
import type { Implementation } from './operation-context.ts';

type List = Operations['serviceAccounts']['list'];
type Query = InputOf<List>['query'];

const DAY_MS = 86_400_000;

/** Cheap filters run first: credentials and times are read only for accounts that pass them. */
export const listServiceAccounts: Implementation<List> = async ({ query }, context) => {
  const { store, reader, principal } = context;
  const now = principal.now();
  const within = inScope(context.grants, await context.tree(), query.namespace);
  // A role holds in the account's own namespace or below, so a caller who sees the account sees the role.
  const bound =
    query.has_roles === undefined
      ? undefined
      : new Set<string>((await reader.bindings()).map(({ account }) => account));
  const passes = byRecord(query, bound, now);
  const { expires_within_days: expiryDays, unused_for_days: unusedDays, purpose } = query;
  const readsCredentials = expiryDays !== undefined || purpose !== undefined;
  const credentialsOf = async (accounts: readonly ServiceAccount[]) => {
    const ids = accounts.flatMap(({ credentials }) => credentials);
    const found = await reader.findAll('credential', ids);
    return new Map(
      accounts.map(({ id, credentials }) => [
        id,
        credentials.map((each) => found.get(each)).filter((each) => each !== undefined),
      ]),
    );
  };
  const timesOf = (accounts: readonly ServiceAccount[]) =>
    readLastUsed(
      store.telemetry,
      accounts.flatMap(({ credentials }) => credentials),
    );

  const page = await listPlaced(reader, query, {
    kind: 'service_account',
    within,
    passes: (places) => byIndex(query, bound, places, now),
    keys: sortKeys(now),
    counts: query.q === undefined && !readsCredentials && unusedDays === undefined,
    async keep(records) {
      let kept = records.filter(passes);
      if (readsCredentials) {
        const credentials = await credentialsOf(kept);
        kept = kept.filter((account) =>
          byCredentials(account, credentials.get(account.id) ?? [], query, now),
        );
      }
      if (unusedDays === undefined) return kept;
      const times = await timesOf(kept);
      return kept.filter((account) => lastUse(account, times) <= now - unusedDays * DAY_MS);
    },
    ...((readsCredentials || unusedDays !== undefined) && { costOf }),
  });
  const [credentials, times] = await Promise.all([credentialsOf(page.items), timesOf(page.items)]);
  const items = page.items.map((account) => {
    const own = credentials.get(account.id) ?? [];
    return {
      ...viewAccount(account, own, times, now),
      ...(query.credentials && { credentials: own.map((each) => describeCredential(each, times, now)) }),
    };
  });
  return { body: { ...page, items } };
};

/** An account as the API shows it. */
export function viewAccount(
  account: ServiceAccount,
  credentials: readonly Credential[],
  times: LastUsedTimes,
  now: number,
) {
  const end = credentialsExpireAt(credentials, now);
  return {
    ...describeAccount(account, times, now),
    credentials_expire_at: end === undefined ? null : new Date(end).toISOString(),
  };
}

/** In records read. */
function costOf({ credentials }: ServiceAccount): number {
  return credentials.length;
}

/** The filters that the index can decide. */
function byIndex(
  { status, impersonate, created_by, has_roles: hasRoles }: Query,
  bound: ReadonlySet<string> | undefined,
  places: RecordPlaces,
  now: number,
): PlacedQuery['passes'] {
  if ([status, impersonate, created_by, bound].every((filter) => filter === undefined)) return undefined;
  const creator = created_by === undefined ? undefined : (places.creator(created_by) ?? -1);
  return (row) =>
    (status === undefined || statusOf(row, now) === status) &&
    (impersonate === undefined || (accountFact(row, 'impersonates') === 1) === impersonate) &&
    (creator === undefined || accountFact(row, 'creator') === creator) &&
    (bound === undefined || bound.has(row.id) === hasRoles);
}

function statusOf(row: PlacedRow, now: number): AccountStatus {
  if (accountFact(row, 'disabled') === 1) return 'disabled';
  return accountFact(row, 'expires') <= now ? 'expired' : 'active';
}

function sortKeys(now: number) {
  return {
    created_at: (row: PlacedRow) => accountFact(row, 'created'),
    expires_at: (row: PlacedRow) => accountFact(row, 'expires'),
    status: (row: PlacedRow) => statusOf(row, now),
  };
}

/** The filters on the record itself. */
function byRecord(
  query: Query,
  bound: ReadonlySet<string> | undefined,
  now: number,
): (account: ServiceAccount) => boolean {
  const { status, impersonate, created_by: createdBy, has_roles: hasRoles, q } = query;
  return (account) =>
    (status === undefined || accountStatus(account, now) === status) &&
    (impersonate === undefined || (account.impersonate !== undefined) === impersonate) &&
    (createdBy === undefined || creatorName(account) === createdBy) &&
    (bound === undefined || bound.has(account.id) === hasRoles) &&
    matchesSearch(q, [account.id, account.user_id, account.impersonate, account.description]);
}

function creatorName({ created_by: author }: ServiceAccount): string | undefined {
  return author?.kind === 'account' ? author.account : author?.user;
}

function byCredentials(
  account: ServiceAccount,
  credentials: readonly Credential[],
  { expires_within_days: days, purpose }: Query,
  now: number,
): boolean {
  if (
    purpose !== undefined &&
    !credentials.some((each) => each.purpose === purpose && credentialStatus(each, now) === 'active')
  )
    return false;
  if (days === undefined) return true;
  const own = account.expires_at === undefined ? Number.POSITIVE_INFINITY : Date.parse(account.expires_at);
  return (
    Math.min(own, credentialsExpireAt(credentials, now) ?? Number.POSITIVE_INFINITY) <= now + days * DAY_MS
  );
}

/** Milliseconds since the epoch; the creation time if the account was never used. */
function lastUse({ credentials, created_at }: ServiceAccount, times: LastUsedTimes): number {
  return Math.max(Date.parse(created_at), ...credentials.map((id) => times.get(id) ?? 0));
}
