import { patternsCovering } from '../routes/host-pattern.ts';
import type { HostPattern } from '../routes/host-pattern-schema.ts';
import { GLOBAL, type NamespaceId } from './namespace-id.ts';
import type { Enforcement, Namespace } from './namespace-schema.ts';

/** Maximum levels below `global`, because every request walks up to it. */
export const MAX_NAMESPACE_DEPTH = 64;

/** A namespace in the tree. */
export class NamespaceNode {
  readonly id: NamespaceId;
  readonly namespace: Namespace;
  readonly parent: NamespaceNode | undefined;
  /** 0 for `global`. */
  readonly depth: number;
  /** The hosts that this namespace owns: its stored hosts, without invalid grants. */
  readonly allowedHosts: readonly HostPattern[];
  /**
   * The nearest namespace with hosts, from this one up, whose hosts it uses. Undefined below `global` if no ancestor has
   * hosts, because the `*` of `global` is not inherited.
   */
  readonly hostOwner: NamespaceNode | undefined;
  /** Its parent did not own its stored hosts: no other namespace gets them, and no route matches on them. */
  readonly isUngranted: boolean;
  readonly enforcement: Enforcement;
  /** The nearest namespace that sets `enforcement`, from this one up. `global` if none does. */
  readonly enforcementSetter: NamespaceNode;
  readonly #patterns: ReadonlySet<HostPattern>;
  /** Why it and the namespaces below it are unusable. Undefined if they are usable. */
  readonly fault: string | undefined;

  constructor(
    namespace: Namespace,
    parent: NamespaceNode | undefined,
    granted: readonly HostPattern[],
    {
      fault,
      isUngranted = false,
    }: { readonly fault?: string | undefined; readonly isUngranted?: boolean } = {},
  ) {
    this.id = namespace.id;
    this.namespace = namespace;
    this.parent = parent;
    this.depth = parent ? parent.depth + 1 : 0;
    this.allowedHosts = granted;
    this.#patterns = new Set(granted);
    this.hostOwner = parent && namespace.hosts === undefined ? parent.parent && parent.hostOwner : this;
    this.isUngranted = isUngranted;
    this.enforcement = namespace.enforcement ?? parent?.enforcement ?? 'enforce';
    this.enforcementSetter = parent && namespace.enforcement === undefined ? parent.enforcementSetter : this;
    this.fault = parent?.fault ?? fault;
  }

  /** Whether this exact pattern was granted. */
  isGranted(pattern: HostPattern): boolean {
    return this.#patterns.has(pattern);
  }

  /** Whether all hosts that the pattern matches were granted. */
  covers(pattern: HostPattern): boolean {
    return patternsCovering(pattern).some((wider) => this.#patterns.has(wider));
  }
}

/** A problem of a set of namespaces. `id` names the one to change. */
export interface TreeProblem {
  readonly id: NamespaceId;
  readonly field: 'id' | 'parent' | 'hosts';
  readonly problem: string;
  /** Another namespace that the problem names. */
  readonly names?: NamespaceId;
  /** The parent has no hosts to grant. Older versions granted them from the `*` of `global`. */
  readonly ungranted?: boolean;
}

/** The namespace tree. Immutable. */
export interface NamespaceTree {
  readonly nodes: ReadonlyMap<string, NamespaceNode>;
  /** `global` */
  readonly root: NamespaceNode;
  /** The owner of a normalized host or a pattern: the namespace with the closest pattern that covers it. */
  hostOwnerOf(host: HostPattern): NamespaceNode;
  /** Why host owners are unknown: a namespace has no place in the tree. Undefined if all have one. */
  readonly fault: string | undefined;
}

interface BuiltTree {
  readonly tree: NamespaceTree;
  readonly problems: TreeProblem[];
}

const ROOT: Namespace = { id: GLOBAL, name: '', hosts: ['*'], default_policies: [] };

/**
 * Builds the tree. Omits and reports namespaces that do not descend from `global`, and hosts that the parent did not own.
 */
export function buildNamespaceTree(namespaces: Iterable<Namespace>): BuiltTree {
  const steps = buildNamespaceTreeInSteps(namespaces);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * Builds the tree and yields after each namespace.
 * @param damaged by id, why a namespace is unusable. If it is set, even to an empty map, invalid namespaces are not
 *   omitted, so that no other gets their place: they are unusable, keep the hosts that no other has, and give the tree a
 *   fault if they have no place in it.
 */
export function* buildNamespaceTreeInSteps(
  namespaces: Iterable<Namespace>,
  damaged?: ReadonlyMap<string, string>,
): Generator<void, BuiltTree> {
  const problems: TreeProblem[] = [];
  const children = new Map<string, Namespace[]>();
  let root = ROOT;
  for (const namespace of namespaces) {
    if (namespace.id === GLOBAL) {
      if (namespace.parent !== undefined)
        problems.push({ id: GLOBAL, field: 'parent', problem: 'global is the root and has no parent' });
      if (namespace.hosts !== undefined)
        problems.push({
          id: GLOBAL,
          field: 'hosts',
          problem: 'global owns every host: omit its hosts',
        });
      root = { ...namespace, hosts: ['*'] };
    } else {
      const parent = namespace.parent ?? '';
      const siblings = children.get(parent);
      if (siblings) siblings.push(namespace);
      else children.set(parent, [namespace]);
    }
  }

  const nodes = new Map<string, NamespaceNode>();
  const owners = new Map<HostPattern, NamespaceNode>();
  const place = (namespace: Namespace, parent: NamespaceNode | undefined): NamespaceNode => {
    const granted: HostPattern[] = [];
    let fault = damaged?.get(namespace.id);
    let isUngranted = false;
    for (const host of namespace.hosts ?? []) {
      const problem = parent && grantProblem(host, parent, owners);
      if (problem) problems.push({ id: namespace.id, field: 'hosts', ...problem });
      if (problem?.ungranted) isUngranted = true;
      else if (problem && damaged) fault ??= `namespace ${namespace.id}: hosts: ${problem.problem}`;
      if (!problem || (damaged && !owners.has(host))) granted.push(host);
    }
    const node = new NamespaceNode(namespace, parent, granted, { fault, isUngranted });
    for (const host of granted) owners.set(host, node);
    nodes.set(node.id, node);
    return node;
  };

  const rootNode = place(root, undefined);
  const queue: NamespaceNode[] = [rootNode];
  for (let node = queue.shift(); node; node = queue.shift()) {
    const below = (children.get(node.id) ?? []).sort((a, b) => (a.id < b.id ? -1 : 1));
    children.delete(node.id);
    for (const namespace of below) {
      queue.push(place(namespace, node));
      yield;
    }
  }
  let fault: string | undefined;
  for (const stranded of children.values())
    for (const { id, parent } of stranded) {
      const problem = missingParent(parent);
      problems.push({ id, field: 'parent', problem });
      if (damaged) fault ??= damaged.get(id) ?? `namespace ${id}: parent: ${problem}`;
    }

  const hostOwnerOf = (host: HostPattern): NamespaceNode => {
    for (const pattern of patternsCovering(host)) {
      const owner = owners.get(pattern);
      if (owner) return owner;
    }
    return rootNode;
  };
  return { tree: { nodes, root: rootNode, hostOwnerOf, fault }, problems };
}

/**
 * Hosts are granted level by level. The granting namespace must own the host, and a closer owner must be below it.
 * Otherwise one branch of the tree could take hosts of another.
 */
function grantProblem(
  host: HostPattern,
  parent: NamespaceNode,
  owners: ReadonlyMap<string, NamespaceNode>,
): Pick<TreeProblem, 'problem' | 'names' | 'ungranted'> | undefined {
  const grantor = parent.parent ? parent.hostOwner : parent;
  if (grantor && !grantor.covers(host))
    return {
      problem: `${host} is not a host of ${grantor.id}, whose hosts ${parent.id} and those below it use`,
      names: grantor.id,
    };
  if (!grantor)
    return {
      problem: `${parent.id} has no hosts to grant: grant ${host} to it first`,
      names: parent.id,
      ungranted: true,
    };
  if (grantor.isUngranted)
    return {
      problem: `the hosts of ${grantor.id} are not granted to it`,
      names: grantor.id,
      ungranted: true,
    };
  // An invalid grant yields to a valid one.
  const counts = (owner: NamespaceNode | undefined) => owner !== undefined && !owner.isUngranted;
  const taken = owners.get(host);
  if (taken && counts(taken) && taken !== grantor)
    return { problem: `${taken.id} already owns ${host}`, names: taken.id };
  const closest = patternsCovering(host)
    .map((pattern) => owners.get(pattern))
    .find(counts);
  if (closest && !isWithin(closest, grantor))
    return { problem: `${host} belongs to ${closest.id}`, names: closest.id };
  return undefined;
}

/** The message for a parent that does not exist, and also for one that the author may not see. */
export function missingParent(parent: NamespaceId | undefined): string {
  return parent === undefined ? 'a parent is required' : `${parent} is not a namespace below global`;
}

/** Whether `node` is `above` itself or anywhere below it. */
export function isWithin(node: NamespaceNode, above: NamespaceNode): boolean {
  let current: NamespaceNode | undefined = node;
  while (current && current.depth > above.depth) current = current.parent;
  return current === above;
}

/** From the namespace up to `global`. */
export function* ancestors(node: NamespaceNode): Generator<NamespaceNode> {
  for (let current: NamespaceNode | undefined = node; current; current = current.parent) yield current;
}
