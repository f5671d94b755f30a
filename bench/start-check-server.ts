import { Server, ServerCredentials } from '@grpc/grpc-js';
import { SERVER_OPTIONS } from '../src/envoy/grpc-server.ts';
import { loadAuthorizationService } from '../src/envoy/service-definitions.ts';

/** A grpc-js server on loopback, whose Check answers bytes with bytes. */
export async function startCheckServer(port: number, answer: (request: Buffer) => Buffer): Promise<Server> {
  const server = new Server(SERVER_OPTIONS);
  server.addService(loadAuthorizationService(), {
    check: (call: { request: Buffer }, callback: (error: null, response: Buffer) => void) =>
      callback(null, answer(call.request)),
  });
  await new Promise<void>((done, fail) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error) =>
      error ? fail(error) : done(),
    );
  });
  return server;
}
