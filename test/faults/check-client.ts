import { Client, credentials } from '@grpc/grpc-js';
import { httpRequestBytes, readAnswer } from '../support/messages.ts';
import { MESH_HOST } from './mesh-admin.ts';

/** What a sidecar says of a credential; `failed` is a gRPC error. */
export type Verdict = 'admitted' | 'refused' | 'failed';

export interface CheckClient {
  check(jwt: string): Promise<Verdict>;
  close(): void;
}

/** Asks one sidecar itself, as Envoy does, on one connection. */
export function connectCheckClient(port: number): CheckClient {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const same = (bytes: Buffer) => bytes;
  return {
    check(jwt) {
      const headers = { 'x-pomerium-authorization': jwt };
      const request = httpRequestBytes({ method: 'GET', path: '/', host: MESH_HOST, headers });
      const deadline = Date.now() + 5000;
      return new Promise((done, fail) => {
        const path = '/envoy.service.auth.v3.Authorization/Check';
        client.makeUnaryRequest(path, same, same, request, { deadline }, (error, response) => {
          if (error || !response) return done('failed');
          const { httpStatus } = readAnswer(response);
          if (httpStatus === 0) done('admitted');
          else if (httpStatus === 401) done('refused');
          else fail(new Error(`answered ${httpStatus}`));
        });
      });
    },
    close: () => client.close(),
  };
}
