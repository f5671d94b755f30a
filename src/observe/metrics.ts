import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Decision } from '../check/decision.ts';
import type { PolicyOutcome } from '../policy/evaluate-policies.ts';
import type { RecordProblem } from '../snapshot/record-problem.ts';
import { DecisionCounts } from './decision-counts.ts';
import type { Logger } from './logger.ts';
import { addLogMetrics, collectProcessMetrics } from './process-metrics.ts';
import { addFileMetrics, addGauge, addStoreMetrics, type StoreMetrics } from './store-metrics.ts';

/** Why a Check failed rather than decided. */
export type FailureKind = (typeof FAILURE_KINDS)[number];

export interface Metrics {
  /** Called once per Check. Counters are copied to Prometheus on scrape. @param durationMs milliseconds */
  recordDecision(decision: Decision, durationMs: number): void;
  /** @param durationMs milliseconds; absent if the Check had not begun */
  recordFailure(kind: FailureKind, durationMs?: number): void;
  recordClaimHeaderLeftOut(): void;
  recordGroupsLeftOut(): void;
  setServing(serving: boolean): void;
  /** The revision of the store that decisions are made from. */
  setStoreRevision(revision: number): void;
  /** How many records of a kind can't be used. */
  setRecordFaults(kind: RecordProblem['kind'], count: number): void;
  /** Prometheus's text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Seconds. */
const DURATION_BUCKETS = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
  0.5, 1,
];
const FAILURE_KINDS = [
  'invalid',
  'timeout',
  'cancelled',
  'fault',
  'assertion-too-large',
  'client-refused',
  'message-too-large',
  'malformed-call',
] as const;

const SHADOW_OUTCOMES = [
  'allow',
  'deny',
  'none',
  'unauthenticated',
  'client-certificate',
] as const satisfies readonly PolicyOutcome['outcome'][];

export interface MetricsOptions {
  /** Node's and the process's too. */
  readonly processMetrics?: boolean;
  /** The version of this program, for `sallyport_build_info`. */
  readonly version?: string;
  /** Whose problems to count. */
  readonly logger?: Pick<Logger, 'problems'>;
  /** `Logger.dropped` */
  readonly droppedLogLines?: () => number;
  /** `DecisionStream.dropped` */
  readonly droppedDecisions?: () => number;
  /** `LastUsed.dropped` */
  readonly droppedUses?: () => number;
  readonly store?: StoreMetrics;
  /** How many settings name files that can't be used now. */
  readonly fileFaults?: () => number;
  /** Whether the control plane's process serves; absent without one. */
  readonly controlPlaneUp?: (() => boolean) | undefined;
}

/** The sidecar's metrics, in a registry of their own. */
export function createMetrics({
  processMetrics = true,
  version = '',
  logger,
  droppedLogLines = () => 0,
  droppedDecisions = () => 0,
  droppedUses = () => 0,
  store,
  fileFaults = () => 0,
  controlPlaneUp,
}: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (processMetrics) collectProcessMetrics(registry, version);
  if (logger) addLogMetrics(registry, logger);

  if (store) addStoreMetrics(registry, store);
  addFileMetrics(registry, fileFaults);
  const decisions = new DecisionCounts();
  new Counter({
    name: 'sallyport_decisions_total',
    help: 'Decisions by verdict, deciding reason, whether they were enforced, and namespace.',
    labelNames: ['verdict', 'reason', 'enforcement', 'namespace'],
    registers,
    collect() {
      this.reset();
      for (const { labels, count } of decisions.list()) this.inc(labels, count);
    },
  });
  const duration = new Histogram({
    name: 'sallyport_check_duration_seconds',
    help: 'How long Checks took inside the sidecar.',
    buckets: DURATION_BUCKETS,
    registers,
  });
  const failures = new Counter({
    name: 'sallyport_failures_total',
    help: 'Checks that were answered with a gRPC error instead of a decision.',
    labelNames: ['kind'],
    registers,
  });
  for (const kind of FAILURE_KINDS) failures.inc({ kind }, 0);
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const claimHeaders = counter(
    'sallyport_claim_headers_left_out_total',
    'Claims not sent upstream because a header cannot carry their value, or assertion.max_bytes leaves no room.',
  );
  const groups = counter(
    'sallyport_assertions_without_groups_total',
    'Assertions that leave the groups of their account out because of assertion.max_bytes.',
  );
  const serving = gauge('sallyport_serving', '1 while Checks are decided, else 0.');
  const revision = gauge('sallyport_store_revision', 'Revision of the store that decisions are made from.');
  const recordFaults = {
    namespace: gauge(
      'sallyport_namespace_faults',
      'Namespaces that cannot be used; Checks that belong to them fail.',
    ),
    policy: gauge('sallyport_policy_faults', 'Policies that cannot be used; Checks that need them fail.'),
    route: gauge('sallyport_route_faults', 'Routes that cannot be used; Checks that may match them fail.'),
  };
  const shadows = new Map<PolicyOutcome['outcome'], number>(SHADOW_OUTCOMES.map((outcome) => [outcome, 0]));
  new Counter({
    name: 'sallyport_shadow_decisions_total',
    help: 'What the policies in shadow mode would have decided by themselves.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of shadows) this.inc({ outcome }, count);
    },
  });
  addGauge(
    registry,
    'sallyport_log_batches_dropped',
    'Batches of log lines lost because their reader did not keep up, since the start.',
    droppedLogLines,
  );
  if (controlPlaneUp)
    addGauge(
      registry,
      'sallyport_control_plane_up',
      '1 while the control plane that this sidecar started serves, else 0.',
      () => (controlPlaneUp() ? 1 : 0),
    );
  const counterOf = (name: string, help: string, count: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(count());
      },
    });
  counterOf(
    'sallyport_decisions_dropped_total',
    'Decisions not stored because the store did not keep up.',
    droppedDecisions,
  );
  counterOf(
    'sallyport_last_used_dropped_total',
    'Uses of credentials not noted because the store did not keep up.',
    droppedUses,
  );

  return {
    recordDecision(decision, durationMs) {
      decisions.add(decision);
      const shadow = decision.shadow?.outcome;
      if (shadow !== undefined) shadows.set(shadow, (shadows.get(shadow) ?? 0) + 1);
      duration.observe(durationMs / 1000);
    },
    recordFailure(kind, durationMs) {
      failures.inc({ kind });
      if (durationMs !== undefined) duration.observe(durationMs / 1000);
    },
    recordClaimHeaderLeftOut: () => claimHeaders.inc(),
    recordGroupsLeftOut: () => groups.inc(),
    setServing: (isServing) => serving.set(isServing ? 1 : 0),
    setStoreRevision: (value) => revision.set(value),
    setRecordFaults: (kind, count) => recordFaults[kind].set(count),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
