import type { AccountId } from '../../accounts/account-id.ts';
import { describeCredential } from '../account-view.ts';
import type { TransactOptions } from '../changes/transact.ts';
import type { HandlerContext, Handlers } from '../handler.ts';
import { describeIssued } from '../issue-credential.ts';
import { readLastUsed } from '../last-used.ts';
import { listServiceAccounts, viewAccount } from '../list-service-accounts.ts';
import {
  createServiceAccount,
  findServiceAccount,
  revokeAccounts,
  revokeCredentials,
  rotateCredential,
  setDisabled,
} from '../service-accounts.ts';
import { putResource, removeResource } from './resource-handlers.ts';

export const SERVICE_ACCOUNT_HANDLERS: Handlers['serviceAccounts'] = {
  list: ({ query }, context) => listServiceAccounts(query, context),

  async get({ params }, { store, reader, grants, access }) {
    const { account, credentials } = await findServiceAccount(reader, grants, params.id);
    const stamped = await reader.findStamped('service_account', params.id);
    const times = await readLastUsed(store.side, account.credentials);
    const now = access.now();
    return {
      body: {
        ...viewAccount(account, credentials, times, now),
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

  async revoke({ params, query }, { store, access }) {
    const revoked = await revokeCredentials(store, access, params.id, undefined, dryRunOf(query));
    return { body: { revoked: revoked.map(({ id }) => id) } };
  },

  async revokeOne({ params, query }, { store, access }) {
    const revoked = await revokeCredentials(store, access, params.id, params.credential, dryRunOf(query));
    return { body: { revoked: revoked.map(({ id }) => id) } };
  },

  async revokeMany({ body, query }, { store, access }) {
    const revoked = await revokeAccounts(store, access, body.ids, dryRunOf(query));
    return { body: { revoked: revoked.map(({ id }) => id) } };
  },

  disable: ({ params, query }, context) => switchAccount(params.id, true, query, context),
  enable: ({ params, query }, context) => switchAccount(params.id, false, query, context),
};

interface DryRunQuery {
  readonly dry_run: boolean;
}

function dryRunOf({ dry_run }: DryRunQuery): TransactOptions {
  return { dryRun: dry_run };
}

async function switchAccount(
  id: AccountId,
  disabled: boolean,
  query: DryRunQuery,
  { store, access }: HandlerContext,
) {
  const account = await setDisabled(store, access, id, disabled, dryRunOf(query));
  return { body: { id: account.id, disabled: account.disabled } };
}
