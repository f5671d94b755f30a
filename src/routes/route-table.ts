import { type HostPattern, normalizeHost, patternsMatching } from '../accounts/host-pattern.ts';
import type { NamespaceNode, NamespaceTree } from '../accounts/namespace-tree.ts';
import { PathTable } from './path-table.ts';
import type { Route } from './route.ts';

/** A route in its namespace. `stamp` changes whenever the route does. */
export interface PlacedRoute {
  readonly route: Route;
  readonly namespace: NamespaceNode;
  readonly stamp: string;
  /** Of a namespace that this sidecar does not serve: whatever it claims is not found. */
  readonly outside?: boolean;
}

interface HostRoutes {
  readonly pattern: HostPattern;
  readonly paths: PathTable<PlacedRoute>;
}

/** Everything about a host that can be known before a request for it comes. */
export interface HostEntry {
  /** Normalized; undefined where the text is no host. */
  readonly host: string | undefined;
  readonly holder: NamespaceNode | undefined;
  /** Whether some namespace holds it by name, and not only by `*`. */
  readonly heldByName: boolean;
  /** The routes that may apply to it, closest host first. */
  readonly routes: readonly HostRoutes[];
}

const NO_HOST: HostEntry = { host: undefined, holder: undefined, heldByName: false, routes: [] };
/** Hosts are client input: what is remembered of them is bounded. */
const MAX_HOSTS = 10_000;

/** Registered routes by host: only those of the namespaces that the host is granted to. Immutable. */
export class RouteTable {
  readonly #tree: NamespaceTree;
  readonly #byId = new Map<string, PlacedRoute>();
  readonly #byHolder = new Map<NamespaceNode, Map<HostPattern, PathTable<PlacedRoute>>>();
  readonly #hosts = new Map<string, HostEntry>();

  /** @param routes in the order in which they claim a host and path that several of them name */
  constructor(tree: NamespaceTree, routes: Iterable<PlacedRoute>) {
    this.#tree = tree;
    for (const placed of routes) this.#add(placed);
  }

  /** The same, that may be left off after each route. */
  static *buildInSteps(tree: NamespaceTree, routes: Iterable<PlacedRoute>): Generator<void, RouteTable> {
    const table = new RouteTable(tree, []);
    for (const placed of routes) {
      table.#add(placed);
      yield;
    }
    return table;
  }

  byId(id: string): PlacedRoute | undefined {
    return this.#byId.get(id);
  }

  /** @param raw as the client sent it */
  host(raw: string): HostEntry {
    const known = this.#hosts.get(raw);
    if (known) return known;
    const entry = this.#lookUp(raw);
    // What is no host may be of any length, and is found out fast.
    if (entry.host === undefined) return entry;
    if (this.#hosts.size >= MAX_HOSTS) this.#hosts.clear();
    this.#hosts.set(raw, entry);
    return entry;
  }

  #lookUp(raw: string): HostEntry {
    const host = normalizeHost(raw);
    if (host === undefined) return NO_HOST;
    const holder = this.#tree.holderOf(host);
    const patterns = patternsMatching(host);
    const tables = this.#byHolder.get(holder);
    const routes = patterns.flatMap((pattern) => {
      const paths = tables?.get(pattern);
      return paths ? [{ pattern, paths }] : [];
    });
    const heldByName = patterns.some((pattern) => pattern !== '*' && holder.granted.includes(pattern));
    return { host, holder, heldByName, routes };
  }

  #add(placed: PlacedRoute): void {
    this.#byId.set(placed.route.id, placed);
    for (const pattern of placed.route.hosts ?? ['*'])
      this.#pathsFor(placed.namespace.holder, pattern).add(placed);
  }

  #pathsFor(holder: NamespaceNode, pattern: HostPattern): PathTable<PlacedRoute> {
    const tables = this.#byHolder.get(holder) ?? new Map<HostPattern, PathTable<PlacedRoute>>();
    this.#byHolder.set(holder, tables);
    const paths = tables.get(pattern) ?? new PathTable();
    tables.set(pattern, paths);
    return paths;
  }
}
