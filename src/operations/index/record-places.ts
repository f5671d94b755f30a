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
import { PlacedIds } from './placed-ids.ts';
import { PolicyReferences } from './policy-references.ts';

/** Where the records are that belong to namespaces; the namespaces and the role bindings as a whole. */
export class RecordPlaces implements IndexContent {
  readonly references = new PolicyReferences();
  readonly #ids = new Map(PLACED_KINDS.map((kind) => [kind, new PlacedIds()]));
  readonly #namespaces = new WholeRecords('namespace');
  readonly #bindings = new WholeRecords('role_binding');
  #tree: NamespaceTree | undefined;
  #bindingsOf: ReadonlyMap<string, readonly RoleBinding[]> | undefined;

  apply(changes: readonly IndexedChange[]): void {
    this.references.apply(changes);
    for (const [kind, ids] of this.#ids) {
      const own = new Map<string, string | undefined>();
      for (const { key, record } of changes)
        if (key.kind === kind) own.set(key.id, record && namespaceIn(record));
      if (own.size > 0) ids.apply([...own].map(([id, namespace]) => ({ id, namespace })));
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
    return this.#ids.get(kind) ?? new PlacedIds();
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
