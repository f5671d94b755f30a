import { type CheckParts, check } from '../check/check.ts';
import type { Config, Listener } from '../config/config.ts';
import { createEnvoyServer, type EnvoyServer, type EnvoyServerSettings } from '../envoy/grpc-server.ts';
import type { ListenAddress } from '../envoy/listen-address.ts';
import { type HttpServer, startHttpServer } from '../http/http-server.ts';
import type { SidecarContent } from '../http/sidecar-routes.ts';
import { createDecisionLog } from '../observe/decision-log.ts';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { RecordFaults } from '../observe/record-faults.ts';
import { messageOf } from '../text/message-of.ts';
import { identitySettings } from './check-settings.ts';
import { type ConfiguredFiles, watchListenerTls } from './configured-files.ts';
import { listenAs } from './listen-fault.ts';
import type { Keys } from './open-keys.ts';
import type { Readiness } from './readiness.ts';
import type { TelemetryWriters } from './telemetry-writers.ts';

export async function listenForEnvoy(
  config: Config,
  parts: CheckParts,
  files: ConfiguredFiles,
  logger: Logger,
  metrics: Metrics,
  { lastUsed, decisions }: TelemetryWriters,
): Promise<EnvoyServer> {
  const logDecision = createDecisionLog(logger, config.log.decisions, config.sourceIp, decisions);
  const named = config.listen.map(({ address }, index) => ({ setting: `listen[${index}]`, address }));
  const settings: EnvoyServerSettings = {
    listen: await Promise.all(
      config.listen.map((listener, index) => listenAddress(`listen[${index}]`, listener, files)),
    ),
    check: (request) => check(parts, request),
    checkTimeoutMs: config.checkTimeoutMs,
    realm: config.realm,
    maxConnectionAgeMs: config.maxConnectionAgeMs,
    maxConnectionAgeGraceMs: config.maxConnectionAgeGraceMs,
    ...identitySettings(config),
    onClaimOmitted: ({ header, why, accountId }) => {
      metrics.recordClaimHeaderLeftOut();
      const omitted = { header, account_id: accountId };
      if (why === 'value') logEvent(logger, 'claim-left-out', omitted);
      else logEvent(logger, 'claim-header-left-out', { ...omitted, max_bytes: config.assertion.maxBytes });
    },
    onClientRefused: (peer) => {
      metrics.recordFailure('client-refused');
      logEvent(logger, 'client-refused', { peer });
    },
    onCallRefused: ({ kind, problem, peer }) => {
      metrics.recordFailure(kind);
      logEvent(logger, 'check-not-answered', { kind, problem, peer });
    },
    onDecision: ({ decision, request, durationMs }) => {
      metrics.recordDecision(decision, durationMs);
      logDecision(decision, request, durationMs);
      if (decision.caller) lastUsed.note(decision.caller, Date.now());
    },
    onFailure: ({ kind, request, error, durationMs }) => {
      metrics.recordFailure(kind, durationMs);
      const id = request && { request_id: request.id };
      if (kind === 'fault') logEvent(logger, 'check-failed', { fault: error, ...id });
      else logEvent(logger, 'check-not-answered', { kind, problem: messageOf(error), ...id });
    },
  };
  return listenAs(named, () => createEnvoyServer(settings));
}

async function listenAddress(
  setting: string,
  { address, tls, mode }: Listener,
  files: ConfiguredFiles,
): Promise<ListenAddress> {
  if (address.kind === 'unix') return { ...address, mode };
  if (!tls) return address;
  const { material, allowedClients } = await watchListenerTls(setting, tls, files);
  return {
    ...address,
    tls: { material, ...(tls.clientCa !== undefined && { allowedClientNames: allowedClients }) },
  };
}

/** Milliseconds that a rendering of the metrics stands. */
const METRICS_INTERVAL_MS = 1000;

/** The HTTP side: keys, probes and metrics. */
export async function listenForHttp(
  listener: Listener,
  readiness: Readiness,
  keys: Keys,
  files: ConfiguredFiles,
  logger: Logger,
  metrics: Metrics,
  recordFaults: RecordFaults,
): Promise<HttpServer> {
  const content: SidecarContent = {
    ready: () => readiness.ready(),
    degraded: () => readiness.degraded(),
    recordFaults: () => recordFaults.current,
    jwks: () => keys.assertion.current.publicJwks,
    metrics: atMostEvery(METRICS_INTERVAL_MS, async () => ({
      contentType: metrics.contentType,
      text: await metrics.text(),
    })),
    onFault: (fault) => logEvent(logger, 'http-fault', { fault }),
  };
  const named = [{ setting: 'http.listen', address: listener.address }];
  const tls = listener.tls && (await watchListenerTls('http.listen', listener.tls, files));
  const http = await listenAs(named, () => startHttpServer({ ...listener, tls }, content));
  logEvent(logger, 'listening', { listener: 'http', address: http.address });
  return http;
}

/** Does work when asked, but not again until so many milliseconds later: in between its last result stands. */
function atMostEvery<T>(milliseconds: number, work: () => Promise<T>): () => Promise<T> {
  let last: Promise<T> | undefined;
  let since = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (!last || now - since >= milliseconds) {
      since = now;
      last = work();
    }
    return last;
  };
}
