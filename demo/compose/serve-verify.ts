// The service *verify* behind a Unix socket, in a container of its own: serve-verify SOCKET JWKS-URL
import { chmodSync, rmSync } from 'node:fs';
import { createVerifyServer } from '../../test/support/verify-upstream.ts';

const [socket, jwksUrl] = process.argv.slice(2);
if (socket === undefined || jwksUrl === undefined) throw new Error('usage: serve-verify SOCKET JWKS-URL');

// One that was left behind by a killed process; the container has this folder for itself.
rmSync(socket, { force: true });
const server = createVerifyServer(jwksUrl);
// Envoy is another user, in our group.
server.listen(socket, () => chmodSync(socket, 0o660));
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
