import type { SecureContextOptions } from 'node:tls';
import {
  experimental,
  logVerbosity,
  Server,
  ServerCredentials,
  type ServerInterceptor,
  type ServerOptions,
  setLogVerbosity,
} from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import type { ServerTlsMaterial } from '../files/tls-files.ts';
import type { Watched } from '../files/watch-files.ts';
import { formatAddress } from '../sockets/address.ts';
import { type BoundSocket, bindUnixSocket } from '../sockets/unix-socket.ts';
import { type CheckServiceSettings, createCheckHandler } from './check-service.ts';
import { requireClientName } from './client-names.ts';
import { createResponseEncoder, type ResponseSettings } from './encode-check-response.ts';
import { HealthService } from './health-service.ts';
import type { ListenAddress, ServerTls } from './listen-address.ts';
import { observeRefusedCalls, type RefusedCall } from './refused-calls.ts';
import { loadAuthorizationService, loadReflectedPackage } from './service-definitions.ts';

export interface EnvoyServerSettings extends CheckServiceSettings, ResponseSettings {
  /** At least one. */
  readonly listen: readonly ListenAddress[];
  /** Called for each call of a client whose certificate carries no allowed name. */
  readonly onClientRefused: (peer: string) => void;
  /** Called for each Check whose message never came whole, or was too large. */
  readonly onCallRefused: (call: RefusedCall) => void;
  /** Milliseconds; a connection ends when it is about that old, so that its client connects again. Absent: never. */
  readonly maxConnectionAgeMs?: number | undefined;
  /** Milliseconds that calls in flight may then take. */
  readonly maxConnectionAgeGraceMs?: number;
}

export interface EnvoyServer {
  /** Where it listens, with the ports that it got: `127.0.0.1:9191`, `unix:/run/sallyport.sock`. */
  readonly addresses: readonly string[];
  /** Health is NOT_SERVING until this says otherwise. */
  setServing(serving: boolean): void;
  /** NOT_SERVING from now on; calls are still answered. */
  stopServing(): void;
  /** Turns health, accepts no new calls and finishes those in flight, for at most `graceMs` milliseconds. */
  drain(graceMs: number): Promise<void>;
  /** Cancels all calls in flight. */
  close(): Promise<void>;
}

/** The same for the yardstick of the benchmark. */
export const SERVER_OPTIONS: ServerOptions = {
  // Costs a third more per call.
  'grpc.enable_channelz': 0,
  // A request with 1 MB of headers and a body that Envoy buffered has to be decided, not dropped.
  'grpc.max_receive_message_length': 16 * 1024 * 1024,
  'grpc.max_concurrent_streams': 10_000,
  // Finds dead connections.
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 20_000,
};

function ageOptions({ maxConnectionAgeMs, maxConnectionAgeGraceMs }: EnvoyServerSettings): ServerOptions {
  return {
    ...(maxConnectionAgeMs !== undefined && { 'grpc.max_connection_age_ms': maxConnectionAgeMs }),
    ...(maxConnectionAgeGraceMs !== undefined && {
      'grpc.max_connection_age_grace_ms': maxConnectionAgeGraceMs,
    }),
  };
}

/**
 * Starts the gRPC side: `envoy.service.auth.v3.Authorization`, health and reflection, on every address. Rejects, with
 * all listeners closed, if one address cannot be bound.
 */
export async function createEnvoyServer(settings: EnvoyServerSettings): Promise<EnvoyServer> {
  const server = new Server({ ...SERVER_OPTIONS, ...ageOptions(settings) });
  const health = new HealthService();
  const authorization = loadAuthorizationService();
  const observed = observeRefusedCalls(authorization.check.path, settings.onCallRefused);
  server.addService(authorization, {
    check: createCheckHandler(settings, createResponseEncoder(settings)),
  });
  health.addTo(server);
  new ReflectionService(loadReflectedPackage()).addToServer(server);

  const addresses: string[] = [];
  const sockets: BoundSocket[] = [];
  const close = async () => {
    server.forceShutdown();
    await Promise.all(sockets.map((socket) => socket.remove()));
  };
  // grpc-js would log a bind error itself.
  setLogVerbosity(logVerbosity.NONE);
  try {
    for (const address of settings.listen)
      addresses.push(await listenOn(server, address, settings, observed, sockets));
  } catch (error) {
    await close();
    throw error;
  } finally {
    setLogVerbosity(logVerbosity.ERROR);
  }
  return {
    addresses,
    setServing: (serving) => health.setServing(serving),
    stopServing: () => health.stopServing(),
    drain: async (graceMs) => {
      health.stopServing();
      health.endWatches();
      await finishCalls(server, graceMs);
      await close();
    },
    close,
  };
}

async function listenOn(
  server: Server,
  address: ListenAddress,
  settings: EnvoyServerSettings,
  observed: ServerInterceptor,
  sockets: BoundSocket[],
): Promise<string> {
  if (address.kind === 'tcp') {
    const port = await bind(server, formatAddress(address), credentials(address.tls, settings, observed));
    return formatAddress({ ...address, port });
  }
  const bound = await bindUnixSocket(address.path, address.mode, async (path) => {
    await bind(server, `unix:${path}`, credentials(undefined, settings, observed));
  });
  sockets.push(bound);
  return formatAddress(address);
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
}

function credentials(
  tls: ServerTls | undefined,
  settings: EnvoyServerSettings,
  observed: ServerInterceptor,
): ServerCredentials {
  const interceptors = [observed];
  if (tls?.allowedClientNames)
    interceptors.push(requireClientName(tls.allowedClientNames, settings.onClientRefused));
  return experimental.createServerCredentialsWithInterceptors(transportCredentials(tls), interceptors);
}

function transportCredentials(tls: ServerTls | undefined): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const { material, allowedClientNames } = tls;
  if (allowedClientNames && !material.current.ca)
    throw new Error('allowed client names need the CA that vouches for them');
  return new WatchedServerCredentials(material);
}

/** Resolves once every call has its answer, or after `graceMs` milliseconds. */
function finishCalls(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, graceMs);
    server.tryShutdown(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * TLS of a gRPC server whose certificate, key and CA are replaced together for the connections to come; those that are open stay.
 * grpc-js has providers of its own for this (`createCertificateProviderServerCredentials`), which replace the CA apart from the
 * certificate, and refuse connections until both have come.
 */
export class WatchedServerCredentials extends ServerCredentials {
  constructor(material: Watched<ServerTlsMaterial>) {
    super({ requestCert: material.current.ca !== undefined }, contextOf(material.current));
    material.onChange((next) => this.updateSecureContextOptions(contextOf(next)));
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

function contextOf({ pair, ca }: ServerTlsMaterial): SecureContextOptions {
  return { ...pair, ...(ca && { ca }) };
}
