import { describeFault } from './describe-fault.ts';
import type { Logger, LogLevel } from './logger.ts';

/** Everything that is logged beside decisions: its level, its sentence and the fields it may carry. */
export interface LogEvents {
  starting: { version: string; file?: string };
  listening: { listener: 'ext_authz' | 'http' | 'admin'; address: string };
  'listening-in-plaintext': { address: string };
  serving: { revision: number; namespaces?: number; routes?: number; policies?: number };
  'not-serving': { problem: string };
  'store-changed': { revision: number };
  'store-gap': { revision: number };
  'store-fault': { fault: unknown };
  'store-awaited': { fault: unknown };
  'store-lost': { problem: string; checks_fail_in_s?: number };
  'store-back': { away_s: number };
  'store-warning': { warning: string };
  'side-write-fault': { what: 'last-used' | 'decisions'; fault: unknown };
  'record-left-out': { kind: string; id: string; problem: string };
  'policy-fault': { policy: string; problem: string };
  'policy-mended': { policy: string };
  'route-fault': { route: string; problem: string };
  'route-mended': { route: string };
  'namespace-fault': { namespace: string; problem: string };
  'namespace-mended': { namespace: string };
  'namespace-missing': { setting: string; namespace: string; problem: string };
  'namespace-found': { setting: string; namespace: string };
  'not-warm': { fault: unknown };
  'keys-loaded': { file: string; keys: number };
  'keys-made': { file: string };
  'keys-warning': { warning: string };
  'keys-fault': { file: string; fault: unknown };
  'files-loaded': { setting: string; file: string };
  'files-fault': { setting: string; file: string; problem: string };
  reloaded: { changed: readonly string[]; failed: readonly string[] };
  'check-failed': { kind: string; request_id?: string; fault?: unknown };
  'claim-header-left-out': { header: string; account_id?: string };
  'http-fault': { fault: unknown };
  'scim-dropped': { user: string; dropped: readonly string[] };
  'control-plane-up': { address: string; pid: number };
  'control-plane-down': { problem: string };
  stopping: { signal: string };
  stopped: { dropped_lines?: number };
  fault: { fault: unknown };
}

type Line = readonly [level: Exclude<LogLevel, 'silent'>, message: string];

const LINES: { readonly [Event in keyof LogEvents]: Line } = {
  starting: ['info', 'starting'],
  listening: ['info', 'listening'],
  'listening-in-plaintext': ['warn', 'listening in plaintext where others can connect: insecure is set'],
  serving: ['info', 'serving'],
  'not-serving': ['warn', 'not serving'],
  'store-changed': ['debug', 'followed the store'],
  'store-gap': ['warn', 'changes were missed: reading everything again'],
  'store-fault': ['error', 'the store can not be read'],
  'store-awaited': ['error', 'the store can not be read yet: trying again until it can'],
  'store-lost': ['error', 'no contact with the store: trying again until there is'],
  'store-back': ['info', 'in contact with the store again'],
  'store-warning': ['warn', 'the store is not set up as it should be'],
  'side-write-fault': ['warn', 'the store does not take what is written beside it: it is tried again'],
  'record-left-out': ['error', 'a record can not be used'],
  'policy-fault': ['warn', 'a policy can not be used: what it judges fails'],
  'policy-mended': ['info', 'a policy can be used again, or is gone'],
  'route-fault': ['warn', 'a route can not be used: what might be for it fails'],
  'route-mended': ['info', 'a route can be used again, or is gone'],
  'namespace-fault': ['error', 'a namespace can not be used: what belongs to it fails'],
  'namespace-mended': ['info', 'a namespace can be used again, or is gone'],
  'namespace-missing': [
    'warn',
    'the configuration names a namespace that no request can belong to: those meant for it are not found',
  ],
  'namespace-found': ['info', 'a namespace that the configuration names is there now'],
  'not-warm': ['warn', 'the first checks may take longer: those to warm up with failed'],
  'keys-loaded': ['info', 'keys loaded'],
  'keys-made': ['info', 'made a key'],
  'keys-warning': ['warn', 'a key file has wider permissions than it needs'],
  'keys-fault': ['error', 'keys can not be read: the ones before stay'],
  'files-loaded': ['info', 'files that changed are in use'],
  'files-fault': ['error', 'files can not be used: what was read before stays in use'],
  reloaded: ['info', 'SIGHUP: read all files again'],
  'check-failed': ['error', 'a check failed'],
  'claim-header-left-out': ['warn', 'a claim was not sent upstream: its value would not survive as a header'],
  'http-fault': ['error', 'an HTTP request failed'],
  'scim-dropped': [
    'warn',
    'an identity provider deactivated a user; what else it asked for was refused and left out',
  ],
  'control-plane-up': ['info', 'the control plane serves'],
  'control-plane-down': ['error', 'the control plane does not serve: Checks go on, and it is started again'],
  stopping: ['info', 'stopping: calls in flight finish'],
  stopped: ['info', 'stopped'],
  fault: ['fatal', 'stopped by a fault'],
};

/** Logs one of the events above. What was thrown is told by name, message, code, stack and causes alone. */
export function logEvent<Event extends keyof LogEvents>(
  logger: Logger,
  event: Event,
  fields: LogEvents[Event],
): void {
  const [level, message] = LINES[event];
  if (!logger.pino.isLevelEnabled(level)) return;
  const line: Record<string, unknown> = { event, ...fields };
  if ('fault' in fields) line.fault = describeFault(fields.fault);
  logger.pino[level](line, message);
}
