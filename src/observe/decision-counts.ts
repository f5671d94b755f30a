import type { Enforcement } from '../accounts/namespace-schema.ts';
import type { Decision } from '../check/decision.ts';

export interface DecisionCount {
  /** `namespace` is empty if the request belongs to no namespace. */
  readonly labels: {
    readonly verdict: Decision['verdict'];
    readonly reason: string;
    readonly enforcement: Enforcement;
    readonly namespace: string;
  };
  count: number;
}

/** The first 200 namespaces in which decisions are made have a label of their own. */
const MAX_NAMESPACES = 200;
/** Over all namespaces, so that rendering takes milliseconds. A namespace sees few of the reasons. */
const MAX_SERIES = 1000;
/** The label of further namespaces, and of further reasons there. */
const OTHER = 'other';
const MAX_OTHER_REASONS = 256;

type Counts = Map<string, DecisionCount>;

/** Plain counters: Prometheus's client hashes its labels at every increment. */
export class DecisionCounts {
  readonly #byNamespace = new Map<string, Record<Decision['verdict'], Record<Enforcement, Counts>>>();
  #series = 0;

  /** Called once per Check. */
  add({ verdict, enforcement, reasons, binding }: Decision): void {
    const namespace = binding?.namespace.id ?? '';
    const reason = reasons[0] ?? '';
    const known = this.#byNamespace.get(namespace)?.[verdict][enforcement].get(reason);
    if (known) known.count++;
    else this.#addSeries(namespace, verdict, enforcement, reason);
  }

  list(): DecisionCount[] {
    return [...this.#byNamespace.values()].flatMap(({ allow, deny }) =>
      [allow.enforce, allow.observe, deny.enforce, deny.observe].flatMap((counts) => [...counts.values()]),
    );
  }

  #addSeries(
    namespace: string,
    verdict: Decision['verdict'],
    enforcement: Enforcement,
    reason: string,
  ): void {
    const isFull =
      this.#series >= MAX_SERIES ||
      (this.#byNamespace.size >= MAX_NAMESPACES && !this.#byNamespace.has(namespace));
    if (isFull && namespace !== OTHER) {
      this.#addOther(verdict, enforcement, reason);
      return;
    }
    const counts = this.#countsOf(namespace)[verdict][enforcement];
    counts.set(reason, { labels: { verdict, reason, enforcement, namespace }, count: 1 });
    this.#series++;
  }

  #addOther(verdict: Decision['verdict'], enforcement: Enforcement, reason: string): void {
    const counts = this.#countsOf(OTHER)[verdict][enforcement];
    const label = counts.has(reason) || counts.size < MAX_OTHER_REASONS ? reason : OTHER;
    const known = counts.get(label);
    if (known) known.count++;
    else counts.set(label, { labels: { verdict, reason: label, enforcement, namespace: OTHER }, count: 1 });
  }

  #countsOf(namespace: string) {
    const known = this.#byNamespace.get(namespace);
    if (known) return known;
    const made = {
      allow: { enforce: new Map(), observe: new Map() },
      deny: { enforce: new Map(), observe: new Map() },
    };
    this.#byNamespace.set(namespace, made);
    return made;
  }
}
