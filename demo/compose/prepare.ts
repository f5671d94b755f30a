// Makes what the containers of docker-compose.yml need before they start, each into the volume of those that may read it.
// What is there stays, so that it can run on each `up`.
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillEnvoySockets } from '../../test/support/fill-envoy-config.ts';
import { keepCertificate } from './keep-certificate.ts';
import { keepPassword } from './keep-password.ts';
import { fillRedisUsers } from './redis-users.ts';

const VOLUMES = '/volumes';
const inVolume = (...path: string[]) => join(VOLUMES, ...path);
/** Envoy and Redis run as other users than we, in our group. */
const GROUP_READS = 0o640;
const OWNER_READS = 0o600;

prepareEnvoy();
prepareRedis();
// The operators' name for it, and that of its container.
certificateFor('admin', ['localhost', 'admin'], OWNER_READS);

function prepareEnvoy(): void {
  const socketsOf = (name: string) => [1, 2].map((n) => `/run/sallyport-${n}/${name}.sock`);
  const config = fillEnvoySockets({
    sallyport: socketsOf('check'),
    sallyport_http: socketsOf('http'),
    verify: ['/run/verify/verify.sock'],
  });
  writeFileSync(inVolume('envoy', 'envoy.yaml'), JSON.stringify(config, null, 2));
  // The callers' name for it, and that of its container.
  const { cert } = certificateFor('envoy', ['verify.localhost', 'envoy'], GROUP_READS);
  copyFileSync(cert, inVolume('public', 'cert.pem'));
}

function prepareRedis(): void {
  const { cert } = certificateFor('redis', ['redis', 'localhost'], GROUP_READS);
  for (const reader of ['control', 'sidecar']) copyFileSync(cert, inVolume(reader, 'redis-ca.pem'));
  const users = fillRedisUsers({
    ADMIN: keepPassword(inVolume('control', 'redis-password'), OWNER_READS),
    SIDECAR: keepPassword(inVolume('sidecar', 'redis-password'), OWNER_READS),
    HEALTH: keepPassword(inVolume('redis', 'health-password'), GROUP_READS),
  });
  const file = inVolume('redis', 'users.acl');
  writeFileSync(file, users, { mode: GROUP_READS });
}

function certificateFor(volume: string, hosts: readonly string[], keyMode: number) {
  const folder = inVolume(volume, 'tls');
  mkdirSync(folder, { recursive: true, mode: 0o750 });
  const files = keepCertificate(folder, hosts);
  chmodSync(files.key, keyMode);
  return files;
}
