import { describeFault } from './describe-fault.ts';
import type { LineLimit } from './line-limiter.ts';
import type { Logger, LogLevel } from './logger.ts';

/** Everything that is logged beside decisions: its level, its sentence and the fields it may carry. */
export interface LogEvents {
  starting: { version: string; file?: string };
  listening: { listener: 'ext_authz' | 'http' | 'admin'; address: string };
  serving: { revision: number };
  'not-serving': { problem: string };
  'store-changed': { revision: number };
  'store-fault': { fault: unknown };
  'store-awaited': { fault: unknown };
  'store-lost': { problem: string; checks_fail_in_s?: number };
  'store-back': { away_s: number };
  'store-warning': { warning: string };
  'side-write-fault': { what: 'last-used' | 'decisions'; fault: unknown };
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
  'check-failed': { request_id?: string; fault: unknown };
  'check-not-answered': { kind: string; problem: string; request_id?: string; peer?: string };
  'client-refused': { peer: string };
  'claim-left-out': { header: string; account_id: string };
  'claim-header-left-out': { header: string; account_id: string; max_bytes: number };
  'groups-left-out': { account_id: string; groups: number; max_bytes: number };
  'http-fault': { fault: unknown };
  'scim-dropped': { user: string; dropped: readonly string[] };
  'control-plane-up': { address: string; pid: number };
  'control-plane-down': { problem: string };
  stopping: { signal: string };
  stopped: { dropped_lines?: number };
  fault: { fault: unknown };
}

type LoggedEvent<Fields> = readonly [
  level: Exclude<LogLevel, 'silent'>,
  message: string,
  /** `BURST` of all lines of the event together, if not said. */
  limit?: Limit<Fields>,
];

interface Limit<Fields> {
  /** Events of one state share a limit, so that the last line is the current state. */
  readonly state?: string;
  /** What makes lines of the event differ: each has a limit of its own. */
  readonly by?: (fields: Fields) => string;
  readonly rate: LineLimit;
}

/** For changes of records, connections and files. */
const BURST: LineLimit = { burst: 20, interval: 60_000 };
/** For events of single requests. */
const ONE_A_MINUTE: LineLimit = { burst: 1, interval: 60_000 };
/** For the level debug. */
const UNLIMITED: LineLimit = { burst: Number.POSITIVE_INFINITY, interval: 60_000 };
const ONCE: LineLimit = { burst: 1, interval: Number.POSITIVE_INFINITY };

const LINES: { readonly [Event in keyof LogEvents]: LoggedEvent<LogEvents[Event]> } = {
  starting: ['info', 'starting'],
  listening: ['info', 'listening'],
  serving: ['info', 'serving', { state: 'serving', rate: BURST }],
  'not-serving': ['warn', 'not serving', { state: 'serving', rate: BURST }],
  'store-changed': ['debug', 'followed the store', { rate: UNLIMITED }],
  'store-fault': ['error', 'the store cannot be read', { by: nameOfFault, rate: ONE_A_MINUTE }],
  'store-awaited': ['error', 'the store cannot be read yet: retrying'],
  'store-lost': ['error', 'no contact with the store: retrying', { state: 'store-contact', rate: BURST }],
  'store-back': ['info', 'in contact with the store again', { state: 'store-contact', rate: BURST }],
  'store-warning': ['warn', 'the store is not set up as it should be'],
  'side-write-fault': ['warn', 'the store does not accept telemetry: retrying'],
  'policy-fault': ['warn', 'a policy cannot be used: Checks that need it fail'],
  'policy-mended': ['info', 'a policy can be used again, or is gone'],
  'route-fault': ['warn', 'a route cannot be used: Checks that may match it fail'],
  'route-mended': ['info', 'a route can be used again, or is gone'],
  'namespace-fault': ['error', 'a namespace cannot be used: Checks that belong to it fail'],
  'namespace-mended': ['info', 'a namespace can be used again, or is gone'],
  'namespace-missing': [
    'warn',
    'the configuration names a namespace that no request can belong to: its requests are answered 404',
  ],
  'namespace-found': ['info', 'a namespace that the configuration names exists now'],
  'not-warm': ['warn', 'the warm-up failed: the first Checks may take longer'],
  'keys-loaded': ['info', 'keys loaded'],
  'keys-made': ['info', 'made a key'],
  'keys-warning': ['warn', 'a key file has wider permissions than it needs'],
  'keys-fault': ['error', 'keys cannot be read: the former ones stay in use'],
  'files-loaded': ['info', 'files that changed are in use'],
  'files-fault': ['error', 'files cannot be used: the former content stays in use'],
  reloaded: ['info', 'SIGHUP: read all files again'],
  'scim-dropped': [
    'warn',
    'an identity provider deactivated a user; what else it asked for was refused and left out',
  ],
  'check-failed': ['error', 'a Check failed', { by: nameOfFault, rate: ONE_A_MINUTE }],
  'check-not-answered': [
    'warn',
    'a Check has no decision: see the kind and the problem',
    { by: ({ kind }) => kind, rate: ONE_A_MINUTE },
  ],
  'client-refused': [
    'warn',
    'a client was refused: its certificate carries no name of allowed_clients',
    { rate: ONE_A_MINUTE },
  ],
  'claim-left-out': [
    'warn',
    'a claim was not sent upstream: its value would not survive as a header',
    { by: ({ header, account_id }) => `${header} ${account_id}`, rate: ONCE },
  ],
  'claim-header-left-out': [
    'warn',
    'a claim header was not sent upstream: the headers would be larger than assertion.max_bytes',
    { by: ({ header, account_id }) => `${header} ${account_id}`, rate: ONCE },
  ],
  'groups-left-out': [
    'warn',
    'groups were not sent upstream: the headers would be larger than assertion.max_bytes. assertion.groups can name those that upstreams need',
    { by: ({ account_id }) => account_id, rate: ONCE },
  ],
  'http-fault': ['error', 'an HTTP request failed', { by: nameOfFault, rate: ONE_A_MINUTE }],
  'control-plane-up': ['info', 'the control plane serves', { state: 'control-plane', rate: BURST }],
  'control-plane-down': [
    'error',
    'the control plane does not serve: it is restarted; Checks are not affected',
    { state: 'control-plane', rate: BURST },
  ],
  stopping: ['info', 'stopping: calls in flight finish'],
  stopped: ['info', 'stopped'],
  fault: ['fatal', 'stopped by a fault'],
};

const PROBLEM: ReadonlySet<LogLevel> = new Set(['warn', 'error', 'fatal']);

/**
 * Logs one of the events above, as often as its limit allows: `repeated` in a line says how many were not written before it.
 * Of an error only name, message, code, stack and causes are logged.
 */
export function logEvent<Event extends keyof LogEvents>(
  logger: Logger,
  event: Event,
  fields: LogEvents[Event],
): void {
  const [level, message, limit] = LINES[event];
  if (PROBLEM.has(level)) logger.problems.set(event, (logger.problems.get(event) ?? 0) + 1);
  if (!logger.pino.isLevelEnabled(level)) return;
  logger.limiter.write(limit?.state ?? event, limit?.by?.(fields) ?? '', limit?.rate ?? BURST, (repeated) => {
    const line: Record<string, unknown> = { event, ...fields, ...(repeated > 0 && { repeated }) };
    if ('fault' in fields) line.fault = describeFault(fields.fault);
    logger.pino[level](line, message);
  });
}

/** Not its message, which may differ each time. */
function nameOfFault({ fault }: { readonly fault: unknown }): string {
  return fault instanceof Error ? fault.name : typeof fault;
}
