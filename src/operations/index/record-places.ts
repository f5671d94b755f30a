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
import type { IndexContent, IndexedChange } from './followed-index.ts';
import { PlacedIds } from './placed-ids.ts';

/** The kinds whose records are in namespaces. */
export const PLACED_KINDS = [
  'namespace',
  'policy',
  'route',
  'service_account',
  'role_binding',
] as const satisfies RecordKind[];
export type PlacedKind = (typeof PLACED_KINDS)[number];

/** Where the records are that belong to namespaces; the namespaces and the role bindings as a whole. */
export class RecordPlaces implements IndexContent {
  readonly #ids: Readonly<Record<PlacedKind, PlacedIds>> = {
    namespace: new PlacedIds(),
    policy: new PlacedIds(),
    route: new PlacedIds(),
    service_account: new PlacedIds(),
    role_binding: new PlacedIds(),
  };
  readonly #namespaces = new WholeRecords('namespace');
  readonly #bindings = new WholeRecords('role_binding');
  #tree: NamespaceTree | undefined;
  #bindingsOf: ReadonlyMap<string, readonly RoleBinding[]> | undefined;

  apply(changes: readonly IndexedChange[]): void {
    for (const kind of PLACED_KINDS) {
      const own = new Map<string, string | undefined>();
      for (const { key, record } of changes)
        if (key.kind === kind) own.set(key.id, record && namespaceIn(kind, record));
      if (own.size > 0) this.#ids[kind].apply([...own].map(([id, namespace]) => ({ id, namespace })));
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

  ids(kind: PlacedKind): Pick<PlacedIds, 'select' | 'all' | 'size'> {
    return this.#ids[kind];
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
function namespaceIn(kind: PlacedKind, { id, value }: StoredRecord): string {
  if (kind === 'namespace') return id;
  const isPlaced = typeof value === 'object' && value !== null && 'namespace' in value;
  return isPlaced && typeof value.namespace === 'string' ? value.namespace : GLOBAL;
}
