import type { NamespaceId } from '../accounts/namespace-id.ts';
import type { NamespaceNode, NamespaceTree } from '../accounts/namespace-tree.ts';
import { LONGEST_EVALUATED_PATH } from '../policy/criterion-cost.ts';
import { AskedPath } from './asked-path.ts';
import { patternCovers } from './host-pattern.ts';
import { MatchFault } from './match-fault.ts';
import { PATH_TOO_LONG } from './path-table.ts';
import { LONGEST_PATH } from './regex-cost.ts';
import { pathAmbiguity, type RequestPath, readRequestPath } from './request-path.ts';
import type { Route } from './route-schema.ts';
import type { DamagedRoute, HostEntry, PlacedRoute, RouteTable } from './route-table.ts';

export type RouteReason = 'host-invalid' | 'route-not-found' | 'path-ambiguous';

/** How a request was matched, in order of precedence. */
export type MatchedBy = 'route-id' | 'namespace' | 'route' | 'serve-namespace' | 'unmatched';

/** The path of a request, and whether policies may use it. */
interface BoundPath {
  readonly path: RequestPath;
  /** Why no policy may use the path. Undefined if policies may. */
  readonly ambiguity: string | undefined;
}

/** The namespace and the route that a request belongs to. */
export interface Binding extends BoundPath {
  readonly matchedBy: MatchedBy;
  readonly namespace: NamespaceNode;
  /** Undefined if only a namespace matched. */
  readonly route: Route | undefined;
  /** Policies from Envoy's route metadata, which replace the namespace's default policies. */
  readonly policies: readonly string[] | undefined;
  /** The assertion's audience: the request's host if hosts of the route or the namespace cover it. */
  readonly audience: string | undefined;
  /** Changes whenever the route does. Without a route, the id of the namespace. */
  readonly version: string;
}

export interface BindingRefusal extends BoundPath {
  readonly refused: RouteReason;
  readonly detail: string;
  /** The owner of the host. Undefined if the host is invalid. */
  readonly namespace: NamespaceNode | undefined;
}

/** The part of a request that matching reads. */
export interface BindableRequest {
  readonly host: string;
  readonly path: string;
  readonly contextExtensions: Readonly<Record<string, string>>;
  readonly routeMetadata:
    | { readonly namespace: string | undefined; readonly policies: readonly string[] | undefined }
    | undefined;
}

export interface BindingSettings {
  /** `serve.namespace` */
  readonly serveNamespace: NamespaceId | undefined;
  /** The namespace of requests that nothing else matches. Undefined to deny them. */
  readonly unmatched: NamespaceId | undefined;
}

const HOST_INVALID = 'the host is not a host name or an address with an optional port';

function notFound({ hostOwner }: HostEntry, path: RequestPath): BindingRefusal {
  return refuse('route-not-found', 'no route matches the request', hostOwner, path);
}

function refuse(
  refused: RouteReason,
  detail: string,
  namespace: NamespaceNode | undefined,
  path: RequestPath,
): BindingRefusal {
  return { refused, detail, namespace, path, ambiguity: ambiguityFor(path, undefined) };
}

/** Why no policy of this route may use the path. Undefined if policies may. */
export function ambiguityFor(path: RequestPath, route: Route | undefined): string | undefined {
  const ambiguity = pathAmbiguity(path, route);
  if (ambiguity !== undefined || path.path.length <= LONGEST_EVALUATED_PATH) return ambiguity;
  return `the path has more than ${LONGEST_EVALUATED_PATH} characters, and policies use it`;
}

/**
 * Finds the namespace and the route of a request, in the order of `MatchedBy`. Request headers never choose. Throws
 * `MatchFault` if the request may belong to an unusable namespace or route.
 * @param tree the namespaces that this sidecar serves
 */
export function matchRequest(
  request: BindableRequest,
  routes: RouteTable,
  tree: NamespaceTree,
  settings: BindingSettings,
): Binding | BindingRefusal {
  const { contextExtensions: extensions, routeMetadata: metadata } = request;
  const host = routes.host(request.host);
  const path = readRequestPath(request.path);
  // First, because Envoy may read an invalid host differently, and the request must not match something else here.
  if (!host) return refuse('host-invalid', HOST_INVALID, undefined, path);

  const routeId = extensions['sallyport.route_id'] ?? extensions.route_id;
  if (routeId !== undefined) return bindRouteId(routes.byId(routeId), host, path, tree);

  const named = extensions['sallyport.namespace'];
  if (named !== undefined) return bindNamespace('namespace', named, tree, host, path, undefined);
  if (metadata && (metadata.namespace !== undefined || metadata.policies !== undefined))
    return bindNamespace('namespace', metadata.namespace ?? '', tree, host, path, metadata.policies);

  const registered = bindRegisteredRoute(host, path);
  if (registered) return registered;
  // A host of a namespace that is not served here belongs to no other namespace.
  if (!tree.nodes.has(host.hostOwner.id)) return notFound(host, path);

  const { serveNamespace, unmatched } = settings;
  if (serveNamespace !== undefined)
    return bindNamespace('serve-namespace', serveNamespace, tree, host, path, undefined);
  if (unmatched !== undefined) return bindNamespace('unmatched', unmatched, tree, host, path, undefined);
  return notFound(host, path);
}

function bindRouteId(
  placed: PlacedRoute | DamagedRoute | undefined,
  host: HostEntry,
  path: RequestPath,
  tree: NamespaceTree,
): Binding | BindingRefusal {
  if (!placed) return notFound(host, path);
  if (!('route' in placed)) throw new MatchFault(`route ${placed.id}: ${placed.problem}`, placed.namespace);
  if (host.fault !== undefined) throw host.fault;
  const { hosts } = placed.route;
  const { host: name, hostOwner } = host;
  // Envoy may also name a route without hosts on a host that no namespace was granted.
  const isItsHost =
    hostOwner === placed.namespace.hostOwner || (hosts === undefined && hostOwner === tree.root);
  if (placed.outside || !isItsHost) return notFound(host, path);
  const patterns = (hosts ?? ['*']).filter((pattern) => patternCovers(pattern, name));
  if (patterns.length === 0) return notFound(host, path);
  const named = patterns.some((pattern) => pattern !== '*');
  return bindRoute('route-id', placed, host, path, named);
}

function bindRegisteredRoute(host: HostEntry, path: RequestPath): Binding | BindingRefusal | undefined {
  if (host.fault !== undefined) throw host.fault;
  const asked = new AskedPath(path.path);
  for (const { pattern, paths, fault } of host.routes) {
    if (fault !== undefined) throw new MatchFault(fault, host.hostOwner);
    // An ambiguous path must not choose a route.
    const finds = paths.decidesByPath && path.ambiguous === undefined;
    const found = finds ? paths.find(asked) : paths.any;
    if (found === PATH_TOO_LONG) return refuse('path-ambiguous', LONG_PATH, host.hostOwner, path);
    const isUnusable = found !== undefined && 'unusable' in found;
    const placed = isUnusable ? found.unusable : found;
    const ambiguity = paths.decidesByPath ? pathAmbiguity(path, placed?.route) : undefined;
    if (ambiguity !== undefined) return refuse('path-ambiguous', ambiguity, host.hostOwner, path);
    if (isUnusable)
      throw new MatchFault(
        `route ${found.unusable.route.id}: its regular expression is unusable`,
        host.hostOwner,
      );
    if (placed?.outside) return notFound(host, path);
    if (placed) return bindRoute('route', placed, host, path, pattern !== '*');
  }
  return undefined;
}

function bindRoute(
  matchedBy: MatchedBy,
  { route, namespace, version }: PlacedRoute,
  host: HostEntry,
  path: RequestPath,
  named: boolean,
): Binding {
  const audience = named || host.ownedByName ? host.host : undefined;
  const ambiguity = ambiguityFor(path, route);
  return { matchedBy, namespace, route, policies: undefined, path, ambiguity, audience, version };
}

function bindNamespace(
  matchedBy: MatchedBy,
  id: string,
  tree: NamespaceTree,
  host: HostEntry,
  path: RequestPath,
  policies: readonly string[] | undefined,
): Binding | BindingRefusal {
  const namespace = tree.nodes.get(id);
  if (!namespace) {
    if (tree.fault !== undefined) throw new MatchFault(tree.fault);
    return notFound(host, path);
  }
  const isItsHost = host.fault === undefined && host.ownedByName && host.hostOwner === namespace.hostOwner;
  const audience = isItsHost ? host.host : undefined;
  const ambiguity = ambiguityFor(path, undefined);
  const version = namespace.id;
  return { matchedBy, namespace, route: undefined, policies, path, ambiguity, audience, version };
}

const LONG_PATH = `the path has more than ${LONGEST_PATH} characters, and regular expressions match it`;
