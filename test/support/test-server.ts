import { type ChannelCredentials, Client, credentials, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { FailureEvent } from '../../src/envoy/check-service.ts';
import {
  createEnvoyServer,
  type EnvoyServer,
  type EnvoyServerSettings,
} from '../../src/envoy/grpc-server.ts';
import { PROTO_FOLDER } from '../../src/envoy/proto-folder.ts';
import type { RefusedCall } from '../../src/envoy/refused-calls.ts';
import { makeAllow } from '../envoy/decisions.ts';
import { IDENTITY } from './identity-settings.ts';
import { type Answer, readAnswer } from './messages.ts';

const CHECK = '/envoy.service.auth.v3.Authorization/Check';

export interface TestServer extends EnvoyServer {
  readonly failures: FailureEvent[];
  readonly refusedCalls: RefusedCall[];
  readonly decisions: number;
  readonly refused: number;
  readonly address: string;
}

/** A server with a made-up `check`, on loopback. */
export async function startServer(changes: Partial<EnvoyServerSettings> = {}): Promise<TestServer> {
  const failures: FailureEvent[] = [];
  const refusedCalls: RefusedCall[] = [];
  const counts = { decisions: 0, refused: 0 };
  const server = await createEnvoyServer({
    listen: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
    check: () => makeAllow(),
    checkTimeoutMs: 5_000,
    realm: 'test',
    ...IDENTITY,
    answersKept: 10,
    onClaimOmitted: () => {},
    onDecision: () => counts.decisions++,
    onFailure: (event) => failures.push(event),
    onClientRefused: () => counts.refused++,
    onCallRefused: (call) => refusedCalls.push(call),
    ...changes,
  });
  return {
    ...server,
    failures,
    refusedCalls,
    get decisions() {
      return counts.decisions;
    },
    get refused() {
      return counts.refused;
    },
    address: server.addresses[0] ?? '',
  };
}

export function connectTo(
  address: string,
  channel: ChannelCredentials = credentials.createInsecure(),
): Client {
  return new Client(address, channel, {
    'grpc.ssl_target_name_override': 'localhost',
    'grpc.use_local_subchannel_pool': 1,
  });
}

const same = (bytes: Buffer): Buffer => bytes;

/** One Check. Rejects with the gRPC error. */
export function check(client: Client, request: Buffer, deadline = Date.now() + 20_000): Promise<Answer> {
  return checkAndCancel(client, request, deadline).answer;
}

export function checkAndCancel(client: Client, request: Buffer, deadline = Date.now() + 20_000) {
  let cancel = () => {};
  const answer = new Promise<Answer>((resolve, reject) => {
    const done = (error: ServiceError | null, bytes?: Buffer) =>
      bytes ? resolve(readAnswer(bytes)) : reject(error ?? new Error('neither an answer nor an error'));
    const call = client.makeUnaryRequest(CHECK, same, same, request, { deadline }, done);
    cancel = () => call.cancel();
  });
  return { answer, cancel: () => cancel() };
}

export async function codeOf(answer: Promise<unknown>): Promise<{ code: number; details: string }> {
  try {
    await answer;
  } catch (error) {
    const { code, details } = error as ServiceError;
    return { code, details };
  }
  return { code: 0, details: '' };
}

const health = loadSync('grpc/health/v1/health.proto', {
  includeDirs: [PROTO_FOLDER],
  enums: String,
  defaults: true,
});
export const HEALTH = health['grpc.health.v1.Health'] as Record<
  string,
  {
    path: string;
    requestSerialize(value: object): Buffer;
    responseDeserialize(bytes: Buffer): { status: string };
  }
>;

/** What health says of a service. */
export function healthOf(client: Client, service = ''): Promise<string> {
  const method = HEALTH.Check;
  if (!method) throw new Error('no Health.Check in proto/');
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      { service },
      { deadline: Date.now() + 20_000 },
      (error, answer) =>
        answer ? resolve(answer.status) : reject(error ?? new Error('neither an answer nor an error')),
    );
  });
}
