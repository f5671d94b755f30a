import { type ServiceAccount, userIdOf } from '../../accounts/service-account.ts';
import { accountStatus, describeAccount, describeCredential } from '../../resources/account-view.ts';
import type { IssuedCredential } from '../../resources/issue-credential.ts';
import { type LastUsedTimes, readLastUsed } from '../../resources/last-used.ts';
import {
  createServiceAccount,
  findServiceAccount,
  revokeAccounts,
  revokeCredentials,
  rotateCredential,
  setDisabled,
} from '../../resources/service-accounts.ts';
import type { AccountId } from '../../tokens/account-id.ts';
import type { HandlerContext, Handlers } from '../handler.ts';
import { inScope, listPage, matchesSearch } from '../list-page.ts';
import { putResource, removeResource } from './resource-handlers.ts';

const DAY_MS = 86_400_000;

export const SERVICE_ACCOUNT_HANDLERS: Handlers['serviceAccounts'] = {
  async list({ query }, { store, grants, tree, access }) {
    const now = access.now();
    const within = inScope(grants, tree, query.namespace);
    const expiresBy =
      query.expires_within_days === undefined ? undefined : now + query.expires_within_days * DAY_MS;
    const unusedSince =
      query.unused_for_days === undefined ? undefined : now - query.unused_for_days * DAY_MS;
    const timesOf = (accounts: readonly ServiceAccount[]) =>
      readLastUsed(
        store.side,
        accounts.flatMap(({ credentials }) => credentials),
      );
    const page = await listPage(store, 'service_account', query, async (records) => {
      const kept = records.filter(
        (account) =>
          within(account.namespace) &&
          (query.status === undefined || accountStatus(account, now) === query.status) &&
          (expiresBy === undefined ||
            (account.expires_at !== undefined && Date.parse(account.expires_at) <= expiresBy)) &&
          matchesSearch(query.q, [account.id, account.user_id, account.impersonate, account.description]),
      );
      if (unusedSince === undefined) return kept;
      const times = await timesOf(kept);
      return kept.filter((account) => lastUse(account, times) <= unusedSince);
    });
    const times = await timesOf(page.items);
    return { body: { ...page, items: page.items.map((account) => describeAccount(account, times, now)) } };
  },

  async get({ params }, { store, reader, grants, access }) {
    const { account, credentials } = await findServiceAccount(reader, grants, params.id);
    const stamped = await reader.findStamped('service_account', params.id);
    const times = await readLastUsed(store.side, account.credentials);
    const now = access.now();
    return {
      body: {
        ...describeAccount(account, times, now),
        credentials: credentials.map((credential) => describeCredential(credential, times, now)),
      },
      revision: stamped?.revision,
    };
  },

  async create({ body }, { store, access, issuing }) {
    const issued = await createServiceAccount(store, access, await issuing(), {
      id: body.id,
      namespace: body.namespace,
      userId: body.user_id,
      impersonate: body.impersonate,
      description: body.description,
      expiresAt: body.expires_at === undefined ? undefined : Date.parse(body.expires_at),
      purpose: body.purpose,
    });
    return { body: describeIssued(issued) };
  },

  put: putResource('ServiceAccount'),
  remove: removeResource('ServiceAccount'),

  async rotate({ params, body }, { store, access, issuing }) {
    const issued = await rotateCredential(store, access, await issuing(), {
      id: params.id,
      purpose: body.purpose,
      label: body.label,
      expiresAt: body.expires_at === undefined ? undefined : Date.parse(body.expires_at),
      oldValidForMs: body.old_valid_for_seconds === undefined ? undefined : body.old_valid_for_seconds * 1000,
    });
    return { body: describeIssued(issued) };
  },

  async revoke({ params }, { store, access }) {
    const revoked = await revokeCredentials(store, access, params.id, undefined);
    return { body: { revoked: revoked.map(({ id }) => id) } };
  },

  async revokeOne({ params }, { store, access }) {
    const revoked = await revokeCredentials(store, access, params.id, params.credential);
    return { body: { revoked: revoked.map(({ id }) => id) } };
  },

  async revokeMany({ body }, { store, access }) {
    const revoked = await revokeAccounts(store, access, body.ids);
    return { body: { revoked: revoked.map(({ id }) => id) } };
  },

  disable: ({ params }, context) => switchAccount(params.id, true, context),
  enable: ({ params }, context) => switchAccount(params.id, false, context),
};

async function switchAccount(id: AccountId, disabled: boolean, { store, access }: HandlerContext) {
  const account = await setDisabled(store, access, id, disabled);
  return { body: { id: account.id, disabled: account.disabled } };
}

function describeIssued({ account, credential, jwt }: IssuedCredential) {
  return {
    id: account.id,
    credential_id: credential.id,
    user_id: userIdOf(account),
    namespace: account.namespace,
    expires_at: credential.expires_at ?? null,
    jwt,
  };
}

/** Milliseconds since the epoch: its making, where it was never used. */
function lastUse({ credentials, created_at }: ServiceAccount, times: LastUsedTimes): number {
  return Math.max(Date.parse(created_at), ...credentials.map((id) => times.get(id) ?? 0));
}
