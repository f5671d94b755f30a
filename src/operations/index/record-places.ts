import { GLOBAL } from '../../accounts/namespace-id.ts';
import type { Namespace } from '../../accounts/namespace-schema.ts';
import { buildNamespaceTree, type NamespaceTree } from '../../accounts/namespace-tree.ts';
import type { RoleBinding } from '../../roles/role-binding-schema.ts';
import {
  parseRecord,
  RecordFault,
  type RecordKind,
  type RecordOf,
  type StoredRecord,
} from '../../store/record.ts';
import { PLACED_KINDS, type PlacedKind } from '../resource-kinds.ts';
import type { IndexContent, IndexedChange } from './followed-index.ts';
import { type PlacedId, PlacedIds, type PlacedRow } from './placed-ids.ts';
import { PolicyReferences } from './policy-references.ts';

/** What the index keeps of each account: times in milliseconds since the epoch, the others 0 or 1, and its creator's number. */
export const AccountFacts = ['created', 'expires', 'disabled', 'impersonates', 'creator'] as const;
export type AccountFact = (typeof AccountFacts)[number];
/** Later than any time. */
export const NEVER = Number.MAX_SAFE_INTEGER;

export function accountFact(row: PlacedRow, fact: AccountFact): number {
  return row.fact(AccountFacts.indexOf(fact));
}

/** Where the records are that belong to namespaces; the namespaces and the role bindings as a whole. */
export class RecordPlaces implements IndexContent {
  readonly references = new PolicyReferences();
  readonly #ids: ReadonlyMap<PlacedKind, PlacedIds> = new Map(
    PLACED_KINDS.map((kind) => [kind, new PlacedIds(kind === 'service_account' ? AccountFacts.length : 0)]),
  );
  /** Their numbers, by name. */
  readonly #creators = new Map<string, number>();
  readonly #namespaces = new WholeRecords('namespace');
  readonly #bindings = new WholeRecords('role_binding');
  #tree: NamespaceTree | undefined;
  #bindingsOf: ReadonlyMap<string, readonly RoleBinding[]> | undefined;

  apply(changes: readonly IndexedChange[]): void {
    this.references.apply(changes);
    for (const [kind, ids] of this.#ids) {
      const own = new Map<string, PlacedId | undefined>();
      for (const { key, record } of changes)
        if (key.kind === kind) own.set(key.id, record && this.#place(kind, record));
      if (own.size > 0) ids.apply([...own].map(([id, place]) => place ?? { id, namespace: undefined }));
    }
    for (const { key, record } of changes) {
      if (key.kind === 'namespace') {
        this.#namespaces.set(key.id, record);
        this.#tree = undefined;
      } else if (key.kind === 'role_binding') {
        this.#bindings.set(key.id, record);
        this.#bindingsOf = undefined;
      }
    }
  }

  /** Throws `RecordFault`. */
  namespaces(): Namespace[] {
    return this.#namespaces.all();
  }

  /** Throws `RecordFault`. */
  tree(): NamespaceTree {
    this.#tree ??= buildNamespaceTree(this.#namespaces.all()).tree;
    return this.#tree;
  }

  /** Throws `RecordFault`. */
  bindings(): RoleBinding[] {
    return this.#bindings.all();
  }

  /** By account. Throws `RecordFault`. */
  bindingsOf(account: string): readonly RoleBinding[] {
    if (!this.#bindingsOf) {
      const byAccount = new Map<string, RoleBinding[]>();
      for (const binding of this.bindings()) {
        const own = byAccount.get(binding.account);
        if (own) own.push(binding);
        else byAccount.set(binding.account, [binding]);
      }
      this.#bindingsOf = byAccount;
    }
    return this.#bindingsOf.get(account) ?? [];
  }

  ids(kind: PlacedKind): Pick<PlacedIds, 'select' | 'find' | 'all' | 'size'> {
    const ids = this.#ids.get(kind);
    if (!ids) throw new Error(`no index of ${kind}`);
    return ids;
  }

  /** The fact of those that this account, or this user of a machine, created; undefined if there are none. */
  creator(name: string): number | undefined {
    return this.#creators.get(name);
  }

  #place(kind: PlacedKind, record: StoredRecord): PlacedId {
    const namespace = namespaceIn(record);
    if (kind !== 'service_account') return { id: record.id, namespace };
    return { id: record.id, namespace, facts: this.#factsOf(record) };
  }

  /** In the order of `AccountFacts`. */
  #factsOf({ value }: StoredRecord): number[] {
    const { created_at, expires_at, disabled, impersonate, created_by } = fieldsOf(value);
    const { account, user } = fieldsOf(created_by);
    return [
      timeOf(created_at) ?? 0,
      timeOf(expires_at) ?? NEVER,
      disabled === true ? 1 : 0,
      impersonate === undefined ? 0 : 1,
      this.#numberOf(account ?? user),
    ];
  }

  /** 0 means unknown. */
  #numberOf(creator: unknown): number {
    if (typeof creator !== 'string') return 0;
    const known = this.#creators.get(creator);
    if (known !== undefined) return known;
    this.#creators.set(creator, this.#creators.size + 1);
    return this.#creators.size;
  }
}

/** All records of a kind of which there are few; each is parsed once. */
class WholeRecords<K extends RecordKind> {
  readonly #kind: K;
  readonly #records = new Map<string, RecordOf<K> | RecordFault>();
  #ordered: RecordOf<K>[] | undefined;

  constructor(kind: K) {
    this.#kind = kind;
  }

  set(id: string, record: StoredRecord | undefined): void {
    this.#ordered = undefined;
    if (record) this.#records.set(id, this.#parse(record));
    else this.#records.delete(id);
  }

  /** In the order of ids. Throws `RecordFault`. */
  all(): RecordOf<K>[] {
    this.#ordered ??= [...this.#records.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, record]) => {
        if (record instanceof RecordFault) throw record;
        return record;
      });
    return [...this.#ordered];
  }

  #parse(record: StoredRecord): RecordOf<K> | RecordFault {
    try {
      return parseRecord(this.#kind, record);
    } catch (error) {
      if (error instanceof RecordFault) return error;
      throw error;
    }
  }
}

/** A record that can't be read is for those to find who see everything. */
function namespaceIn({ kind, id, value }: StoredRecord): string {
  if (kind === 'namespace') return id;
  const isPlaced = typeof value === 'object' && value !== null && 'namespace' in value;
  return isPlaced && typeof value.namespace === 'string' ? value.namespace : GLOBAL;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function timeOf(text: unknown): number | undefined {
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
