import type { RecordSource } from '../accounts/caller-directory.ts';
import type { Credential, ServiceAccount } from '../accounts/service-account-schema.ts';
import { buildSnapshot } from '../snapshot/snapshot.ts';
import { parseRecord, type RecordKind, type RecordOf, type StoredRecord } from '../store/record.ts';
import type { FollowedRecords } from './check-parts.ts';

/** The name of everything in it. */
const NAME = 'warm-up';
/** Its one host, a reserved name (RFC 2606 §2). */
export const MADE_UP_HOST = 'warm-up.invalid';

export interface WarmUpMesh {
  readonly followed: FollowedRecords;
  /** Its policy allows this account. */
  readonly account: ServiceAccount;
  readonly credential: Credential;
}

/** A store in memory with one namespace, policy, route and account. */
export function makeUpMesh(): WarmUpMesh {
  const at = new Date(0).toISOString();
  const records = [
    recordOf('namespace', { parent: 'global', hosts: [MADE_UP_HOST] }),
    recordOf('policy', {
      namespace: NAME,
      ppl: { allow: { and: [{ user: { is: NAME } }, { http_method: { is: 'GET' } }] } },
    }),
    recordOf('route', { namespace: NAME, hosts: [MADE_UP_HOST], path: { prefix: '/' }, policies: [NAME] }),
  ];
  const account = make('service_account', {
    namespace: NAME,
    user_id: NAME,
    created_at: at,
    credentials: [NAME],
  });
  const credential = make('credential', { account: NAME, purpose: 'mesh', issued_at: at });
  const position = { epoch: NAME, revision: 0 };
  const followed = {
    awaiting: undefined,
    snapshot: buildSnapshot({ position, records }, { verifiesClientCertificates: false }),
    lastContact: Number.POSITIVE_INFINITY,
    accounts: sourceOf(account),
    credentials: sourceOf(credential),
    directoryUsers: sourceOf(undefined),
  };
  return { followed, account, credential };
}

function make<K extends RecordKind>(kind: K, fields: Readonly<Record<string, unknown>>): RecordOf<K> {
  return parseRecord(kind, recordOf(kind, fields));
}

function recordOf<K extends RecordKind>(kind: K, fields: Readonly<Record<string, unknown>>): StoredRecord<K> {
  return { kind, id: NAME, revision: 0, value: { id: NAME, ...fields } };
}

/** One record, which has to be loaded first, as in a sidecar that has just started. */
function sourceOf<T>(value: T): RecordSource<NonNullable<T>> {
  const known = { value: value ?? undefined, stale: false };
  let loaded = false;
  return {
    peek: () => (loaded ? known : undefined),
    async load() {
      loaded = true;
      return known;
    },
  };
}
