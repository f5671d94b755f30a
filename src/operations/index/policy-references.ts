import { GLOBAL } from '../../accounts/namespace-id.ts';
import type { StoredRecord } from '../../store/record.ts';
import type { IndexContent, IndexedChange } from './followed-index.ts';

/** Which routes name a policy, and which policies are enforced: what a change of some of them concerns. */
export class PolicyReferences implements IndexContent {
  /** Of each route that names any. */
  readonly #policiesOf = new Map<string, readonly string[]>();
  readonly #routesNaming = new Map<string, Set<string>>();
  /** The namespace of each enforced policy. */
  readonly #enforced = new Map<string, string>();

  apply(changes: readonly IndexedChange[]): void {
    for (const { key, record } of changes)
      if (key.kind === 'route') this.#setRoute(key.id, record);
      else if (key.kind === 'policy') this.#setPolicy(key.id, record);
  }

  routesNaming(policies: ReadonlySet<string>): string[] {
    return [...policies].flatMap((id) => [...(this.#routesNaming.get(id) ?? [])]);
  }

  /** Those in namespaces that `covers` says. */
  enforcedPolicies(covers: (namespace: string) => boolean): string[] {
    return [...this.#enforced].flatMap(([id, namespace]) => (covers(namespace) ? [id] : []));
  }

  #setRoute(id: string, record: StoredRecord | undefined): void {
    for (const policy of this.#policiesOf.get(id) ?? []) this.#routesNaming.get(policy)?.delete(id);
    const named = fieldOf(record, 'policies');
    const policies = Array.isArray(named) ? named.filter((name) => typeof name === 'string') : [];
    if (policies.length > 0) this.#policiesOf.set(id, policies);
    else this.#policiesOf.delete(id);
    for (const policy of policies) {
      const routes = this.#routesNaming.get(policy);
      if (routes) routes.add(id);
      else this.#routesNaming.set(policy, new Set([id]));
    }
  }

  #setPolicy(id: string, record: StoredRecord | undefined): void {
    const namespace = fieldOf(record, 'namespace');
    if (fieldOf(record, 'enforced') === true)
      this.#enforced.set(id, typeof namespace === 'string' ? namespace : GLOBAL);
    else this.#enforced.delete(id);
  }
}

/** Of a record that may be one that can't be used: its reader refuses it. */
function fieldOf(record: StoredRecord | undefined, field: string): unknown {
  const value = record?.value;
  return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
}
