import type { NamespaceNode, NamespaceTree } from '../accounts/namespace-tree.ts';
import { normalizeHost, patternsMatching } from './host-pattern.ts';
import type { HostPattern } from './host-pattern-schema.ts';
import { MatchFault } from './match-fault.ts';
import { PathRegex } from './path-regex.ts';
import { PathTable } from './path-table.ts';
import { type CompiledRegexes, RegexBudgets } from './regex-budgets.ts';
import type { Route } from './route-schema.ts';
import { strandedHosts, strandedProblem } from './stranded-hosts.ts';

/** A route in its namespace. `version` changes with the route. */
export interface PlacedRoute {
  readonly route: Route;
  readonly namespace: NamespaceNode;
  readonly version: string;
  /** The namespace is not served here, or does not own the host. A request that matches is not found. */
  readonly outside?: boolean;
}

/** An invalid stored route, with its readable parts. */
export interface DamagedRoute {
  readonly id: string;
  /** Undefined if it may be any namespace. */
  readonly namespace: NamespaceNode | undefined;
  /** Undefined if it may be any host of its namespace. */
  readonly hosts: readonly HostPattern[] | undefined;
  readonly problem: string;
}

/** A route that does not match, or not on all of its hosts. */
export interface RouteProblem {
  /** The id of the route. */
  readonly route: string;
  readonly problem: string;
}

interface HostRoutes {
  readonly pattern: HostPattern;
  readonly paths: PathTable<PlacedRoute>;
  /** Why requests for these routes fail: one of the routes is invalid. */
  readonly fault: string | undefined;
}

/** The owner and the routes of a host. */
export interface HostEntry {
  /** Normalized. */
  readonly host: string;
  readonly hostOwner: NamespaceNode;
  /** Whether a namespace owns it by a pattern other than `*`. */
  readonly ownedByName: boolean;
  /** The routes that may match, the closest host pattern first. */
  readonly routes: readonly HostRoutes[];
  /** To throw if the owner or the routes of the host are unknown. */
  readonly fault: MatchFault | undefined;
}

/** Hosts that are cached. They are client input. */
const MAX_HOSTS = 10_000;

class PatternRoutes {
  readonly paths = new PathTable<PlacedRoute>();
  fault: string | undefined;
}

/** The routes on the hosts of one namespace. */
class OwnerRoutes {
  readonly byPattern = new Map<HostPattern, PatternRoutes>();
  fault: string | undefined;

  of(pattern: HostPattern): PatternRoutes {
    const known = this.byPattern.get(pattern);
    if (known) return known;
    const routes = new PatternRoutes();
    this.byPattern.set(pattern, routes);
    return routes;
  }
}

/**
 * Registered routes by host. A route matches only on hosts of its namespace. On other hosts that it names, it is kept as
 * `outside` with the routes of `global`, so that requests which it would match are not found. Immutable.
 */
export class RouteTable {
  readonly #tree: NamespaceTree;
  readonly #byId = new Map<string, PlacedRoute | DamagedRoute>();
  readonly #byOwner = new Map<NamespaceNode, OwnerRoutes>();
  readonly #hosts = new Map<string, HostEntry>();
  readonly #faults: RouteProblem[] = [];
  readonly #regexes: RegexBudgets;
  /** Why the routes on hosts of these patterns are unknown, for every owner. */
  readonly #patternFaults = new Map<HostPattern, string>();
  /** Why the routes on all hosts are unknown. */
  #fault: string | undefined;

  private constructor(tree: NamespaceTree, compiled: CompiledRegexes) {
    this.#tree = tree;
    this.#fault = tree.fault;
    this.#regexes = new RegexBudgets(compiled);
  }

  /**
   * Yields after each route, so that the work can be interrupted.
   * @param routes in the order of their claims: the first route to claim a host and path keeps it
   * @param compiled `regexes` of an earlier table, which are not compiled again
   */
  static *buildInSteps(
    tree: NamespaceTree,
    routes: Iterable<PlacedRoute>,
    damaged: Iterable<DamagedRoute> = [],
    compiled: CompiledRegexes = new Map(),
  ): Generator<void, RouteTable> {
    const table = new RouteTable(tree, compiled);
    for (const placed of routes) {
      table.#add(placed);
      yield;
    }
    for (const route of damaged) {
      table.#addDamaged(route);
      yield;
    }
    return table;
  }

  /** The compiled regular expressions, for the next table. */
  get regexes(): CompiledRegexes {
    return this.#regexes.compiled;
  }

  /** Unusable routes. Requests that may belong to them fail. */
  get faults(): readonly RouteProblem[] {
    return this.#faults;
  }

  byId(id: string): PlacedRoute | DamagedRoute | undefined {
    return this.#byId.get(id);
  }

  /**
   * Undefined if the text is not a host.
   * @param raw as the client sent it
   */
  host(raw: string): HostEntry | undefined {
    const known = this.#hosts.get(raw);
    if (known) return known;
    const host = normalizeHost(raw);
    // Not cached: invalid text may have any length, and is refused fast.
    if (host === undefined) return undefined;
    const entry = this.#lookUp(host);
    if (this.#hosts.size >= MAX_HOSTS) this.#hosts.clear();
    this.#hosts.set(raw, entry);
    return entry;
  }

  #lookUp(host: string): HostEntry {
    const owner = this.#tree.hostOwnerOf(host);
    const patterns = patternsMatching(host);
    const held = this.#byOwner.get(owner);
    const routes = patterns.flatMap((pattern) => {
      const found = held?.byPattern.get(pattern);
      return found ? [{ pattern, paths: found.paths, fault: found.fault }] : [];
    });
    const ownedByName =
      !owner.isUngranted && patterns.some((pattern) => pattern !== '*' && owner.isGranted(pattern));
    return { host, hostOwner: owner, ownedByName, routes, fault: this.#faultOf(patterns, owner) };
  }

  #faultOf(patterns: readonly HostPattern[], owner: NamespaceNode): MatchFault | undefined {
    const faults = this.#patternFaults;
    const anyones =
      this.#fault ?? patterns.map((each) => faults.get(each)).find((each) => each !== undefined);
    if (anyones !== undefined) return new MatchFault(anyones);
    const own = owner.fault ?? this.#byOwner.get(owner)?.fault;
    return own === undefined ? undefined : new MatchFault(own, owner);
  }

  #add(placed: PlacedRoute): void {
    const { route, namespace } = placed;
    const { hostOwner: owner } = namespace;
    const tombstone = { ...placed, outside: true };
    const own = owner?.isUngranted ? tombstone : placed;
    this.#byId.set(route.id, own);
    if (owner) this.#claim(owner, route.hosts ?? ['*'], own);
    // No other route may match in its place on hosts of `global`.
    this.#claim(this.#tree.root, strandedHosts(route, namespace, this.#tree), tombstone);
    const problem = strandedProblem(route, namespace, this.#tree);
    if (problem !== undefined) this.#faults.push({ route: route.id, problem });
  }

  #claim(owner: NamespaceNode, patterns: readonly HostPattern[], placed: PlacedRoute): void {
    if (patterns.length === 0) return;
    const { path, id } = placed.route;
    const regex = path && 'regex' in path ? this.#compile(owner, id, path.regex) : undefined;
    for (const pattern of patterns) this.#routesOf(owner).of(pattern).paths.add(placed, regex);
  }

  #compile(owner: NamespaceNode, route: string, pattern: string): PathRegex | undefined {
    const admitted = this.#regexes.admit(owner, pattern);
    if (admitted instanceof PathRegex) return admitted;
    this.#faults.push({ route, problem: `path.regex: ${admitted.problem}` });
    return undefined;
  }

  #addDamaged(damaged: DamagedRoute): void {
    const { id, namespace, hosts, problem } = damaged;
    const fault = `route ${id}: ${problem}`;
    this.#byId.set(id, damaged);
    this.#faults.push({ route: id, problem });
    if (!namespace) {
      if (!hosts) this.#fault ??= fault;
      for (const pattern of hosts ?? []) this.#patternFaults.set(pattern, fault);
    } else {
      const { root } = this.#tree;
      const held = this.#routesOf(namespace.hostOwner ?? root);
      if (!hosts) held.fault ??= fault;
      for (const pattern of hosts ?? []) held.of(pattern).fault ??= fault;
      if (hosts)
        for (const pattern of strandedHosts(damaged, namespace, this.#tree))
          this.#routesOf(root).of(pattern).fault ??= fault;
    }
  }

  #routesOf(owner: NamespaceNode): OwnerRoutes {
    const known = this.#byOwner.get(owner);
    if (known) return known;
    const routes = new OwnerRoutes();
    this.#byOwner.set(owner, routes);
    return routes;
  }
}
