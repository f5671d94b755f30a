import { DirectoryGroup, DirectoryUser } from '../accounts/directory-schema.ts';
import { Namespace } from '../accounts/namespace-schema.ts';
import { Credential, ServiceAccount, UserIdReservation } from '../accounts/service-account-schema.ts';
import { ActivityEntry } from '../activity/activity-entry-schema.ts';
import { Policy } from '../policy/policy-schema.ts';
import { RoleBinding } from '../roles/role-binding-schema.ts';
import { Route } from '../routes/route-schema.ts';
import { mistakesOf } from '../text/schema-mistakes.ts';

/** What each kind of record holds; its schema checks whatever is read back. */
export const RECORD_SCHEMAS = {
  namespace: Namespace,
  policy: Policy,
  route: Route,
  directory_user: DirectoryUser,
  directory_group: DirectoryGroup,
  service_account: ServiceAccount,
  credential: Credential,
  user_id: UserIdReservation,
  role_binding: RoleBinding,
  activity: ActivityEntry,
} as const;

export type RecordKind = keyof typeof RECORD_SCHEMAS;
export type RecordOf<K extends RecordKind> = ReturnType<(typeof RECORD_SCHEMAS)[K]['parse']>;

export const RECORD_KINDS = Object.keys(RECORD_SCHEMAS) as RecordKind[];
/** The kinds that every decision needs, kept in memory whole. */
export const SNAPSHOT_KINDS = ['namespace', 'policy', 'route'] as const satisfies RecordKind[];

export interface RecordKey<K extends RecordKind = RecordKind> {
  readonly kind: K;
  readonly id: string;
}

/** A record as the store gave it: `value` is not to be trusted before `parseRecord`. */
export interface StoredRecord<K extends RecordKind = RecordKind> extends RecordKey<K> {
  /** The commit that wrote it last. */
  readonly revision: number;
  /** Undefined where what is stored can't even be read as JSON. */
  readonly value: unknown;
}

/** A value in the store that is not what its key says: foreign, damaged, or from a newer version. */
export class RecordFault extends Error {
  override readonly name = 'RecordFault';
  readonly key: RecordKey;
  constructor(key: RecordKey, problem: string) {
    super(`the stored ${key.kind} ${JSON.stringify(key.id)} can't be used: ${problem}`);
    this.key = key;
  }
}

/** The record's value, checked. Throws `RecordFault`. */
export function parseRecord<K extends RecordKind>(kind: K, record: StoredRecord): RecordOf<K> {
  const result = RECORD_SCHEMAS[kind].safeParse(record.value);
  if (!result.success) {
    const [mistake] = mistakesOf(result.error);
    throw new RecordFault(record, mistake ? `${mistake.path.join('.')}: ${mistake.message}` : 'not valid');
  }
  if (record.kind !== kind || result.data.id !== record.id)
    throw new RecordFault(record, 'it belongs to another key');
  return result.data as RecordOf<K>;
}
