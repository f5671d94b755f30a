import { patternsCovering } from '../routes/host-pattern.ts';
import type { HostPattern } from '../routes/host-pattern-schema.ts';
import { GLOBAL, type NamespaceId } from './namespace-id.ts';
import type { Enforcement, Namespace } from './namespace-schema.ts';

/** Levels that may be written below `global`: every request walks up to it. */
export const MAX_NAMESPACE_DEPTH = 64;

/** A namespace in its place. */
export class NamespaceNode {
  readonly id: NamespaceId;
  readonly namespace: Namespace;
  readonly parent: NamespaceNode | undefined;
  /** 0 for `global`. */
  readonly depth: number;
  /** Hosts granted to this namespace that count: those that were the granting namespace's to give. */
  readonly allowedHosts: readonly HostPattern[];
  /**
   * The nearest namespace from here up with hosts of its own: itself, or the one whose hosts it shares. Undefined below
   * `global` if no namespace on the way up has hosts, because the `*` of `global` is not inherited.
   */
  readonly hostOwner: NamespaceNode | undefined;
  /** Its stored hosts were never its parent's to give: it keeps them from others, and no route matches on them. */
  readonly isUngranted: boolean;
  readonly enforcement: Enforcement;
  /** The nearest namespace from here up that says `enforcement`; `global` if none does. */
  readonly enforcementSetter: NamespaceNode;
  readonly #patterns: ReadonlySet<HostPattern>;
  /** Why neither it nor what is below it can be used; undefined if it can. */
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
    this.hostOwner = parent && namespace.hosts === undefined ? sharedHolder(parent) : this;
    this.isUngranted = isUngranted;
    this.enforcement = namespace.enforcement ?? parent?.enforcement ?? 'enforce';
    this.enforcementSetter = parent && namespace.enforcement === undefined ? parent.enforcementSetter : this;
    this.fault = parent?.fault ?? fault;
  }

  /** Whether one of the hosts that were granted here is written just so. */
  isGranted(pattern: HostPattern): boolean {
    return this.#patterns.has(pattern);
  }

  /** Whether all hosts that a pattern matches were granted here. */
  covers(pattern: HostPattern): boolean {
    return patternsCovering(pattern).some((wider) => this.#patterns.has(wider));
  }
}

/** What is wrong with a set of namespaces; `id` names the one to change. */
export interface TreeProblem {
  readonly id: NamespaceId;
  readonly field: 'id' | 'parent' | 'hosts';
  readonly problem: string;
  /** Another namespace that the problem names. */
  readonly names?: NamespaceId;
  /** The namespace above has no hosts to give. Builds before part 6 took them from the `*` of `global`. */
  readonly ungranted?: boolean;
}

/** The tree as one immutable value. */
export interface NamespaceTree {
  readonly nodes: ReadonlyMap<string, NamespaceNode>;
  /** `global` */
  readonly root: NamespaceNode;
  /** Who holds a host (already normalized) or a pattern: the namespace whose pattern covers it most closely. */
  hostOwnerOf(host: HostPattern): NamespaceNode;
  /** Why it can't be told who holds any host: a namespace has no place in the tree. Undefined if all have theirs. */
  readonly fault: string | undefined;
}

interface BuiltTree {
  readonly tree: NamespaceTree;
  readonly problems: TreeProblem[];
}

const ROOT: Namespace = { id: GLOBAL, name: '', hosts: ['*'], default_policies: [] };

/**
 * Builds the tree. What does not fit is left out of it and reported, so that a damaged namespace takes nothing else
 * with it: namespaces without a way up to `global`, and hosts that were never the parent's to give.
 */
export function buildNamespaceTree(namespaces: Iterable<Namespace>): BuiltTree {
  const steps = buildNamespaceTreeInSteps(namespaces);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * The same, that may be left off after each namespace.
 * @param damaged by id, why namespaces can't be used. With it (and be it empty) nothing is left out that others could take
 *   the place of: what does not fit is not to be used, keeps the hosts that no other has, and makes the tree faulty where
 *   it has no place at all.
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
          problem: 'global holds every host: leave its hosts out',
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
  const holders = new Map<HostPattern, NamespaceNode>();
  const place = (namespace: Namespace, parent: NamespaceNode | undefined): NamespaceNode => {
    const granted: HostPattern[] = [];
    let fault = damaged?.get(namespace.id);
    let isUngranted = false;
    for (const host of namespace.hosts ?? []) {
      const problem = parent && grantProblem(host, parent, holders);
      if (problem) problems.push({ id: namespace.id, field: 'hosts', ...problem });
      if (problem?.ungranted) isUngranted = true;
      else if (problem && damaged) fault ??= `namespace ${namespace.id}: hosts: ${problem.problem}`;
      if (!problem || (damaged && !holders.has(host))) granted.push(host);
    }
    const node = new NamespaceNode(namespace, parent, granted, { fault, isUngranted });
    for (const host of granted) holders.set(host, node);
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
      const problem = strandedProblem(parent);
      problems.push({ id, field: 'parent', problem });
      if (damaged) fault ??= damaged.get(id) ?? `namespace ${id}: parent: ${problem}`;
    }

  const hostOwnerOf = (host: HostPattern): NamespaceNode => {
    for (const pattern of patternsCovering(host)) {
      const holder = holders.get(pattern);
      if (holder) return holder;
    }
    return rootNode;
  };
  return { tree: { nodes, root: rootNode, hostOwnerOf, fault }, problems };
}

/**
 * Hosts are given level by level: the giver must hold the host itself, and whoever holds it more closely by now must be
 * below the giver, or one branch of the tree could take from another.
 */
function grantProblem(
  host: HostPattern,
  parent: NamespaceNode,
  holders: ReadonlyMap<string, NamespaceNode>,
): Pick<TreeProblem, 'problem' | 'names' | 'ungranted'> | undefined {
  const giver = parent.parent ? parent.hostOwner : parent;
  if (giver && !giver.covers(host))
    return {
      problem: `${host} is not a host of ${giver.id}, which is where ${parent.id} and those below it get theirs from`,
      names: giver.id,
    };
  if (!giver)
    return {
      problem: `${parent.id} has no hosts to give: grant ${host} to it first`,
      names: parent.id,
      ungranted: true,
    };
  if (giver.isUngranted)
    return { problem: `the hosts of ${giver.id} are not granted to it`, names: giver.id, ungranted: true };
  // A grant that does not count gives way to one that does.
  const counts = (holder: NamespaceNode | undefined) => holder !== undefined && !holder.isUngranted;
  const taken = holders.get(host);
  if (taken && counts(taken) && taken !== giver)
    return { problem: `${host} is held by ${taken.id} already`, names: taken.id };
  const closest = patternsCovering(host)
    .map((pattern) => holders.get(pattern))
    .find(counts);
  if (closest && !isWithin(closest, giver))
    return { problem: `${host} belongs to ${closest.id}`, names: closest.id };
  return undefined;
}

/** The holder that a namespace without hosts has in common with its parent. */
function sharedHolder(parent: NamespaceNode): NamespaceNode | undefined {
  return parent.parent && parent.hostOwner;
}

function strandedProblem(parent: NamespaceId | undefined): string {
  return parent === undefined
    ? 'a parent is required'
    : `${parent} is no namespace, or there is no way from it up to global`;
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
