import { Client, credentials } from '@grpc/grpc-js';

/** The bytes that a Check server on loopback answers with. Rejects with a gRPC error. */
export function askOnce(port: number, request: Buffer): Promise<Buffer> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const same = (bytes: Buffer) => bytes;
  return new Promise((done, fail) => {
    client.makeUnaryRequest(
      '/envoy.service.auth.v3.Authorization/Check',
      same,
      same,
      request,
      (error, response) => {
        client.close();
        if (error) fail(error);
        else done(response ?? Buffer.alloc(0));
      },
    );
  });
}
