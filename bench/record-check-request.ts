import { once } from 'node:events';
import { get } from 'node:http';
import { makeCertificate } from '../test/support/certificate.ts';
import { startEnvoy } from '../test/support/envoy.ts';
import { freePort } from '../test/support/free-port.ts';
import { startCheckServer } from './start-check-server.ts';

/** The bytes of the CheckRequest that a real Envoy, with the repository's `envoy.yaml`, sends for a GET of `path`. */
export async function recordCheckRequest(
  folder: string,
  host: string,
  path: string,
  jwt: string,
): Promise<Buffer> {
  const port = await freePort();
  const empty = Buffer.alloc(0);
  let recorded: Buffer | undefined;
  const recorder = await startCheckServer(port, (request) => {
    recorded = request;
    return empty;
  });
  const envoy = await startEnvoy({
    folder,
    certificate: makeCertificate(folder, [host]),
    clusters: { sallyport: port },
    // The recorder has no health to tell.
    edit: (config) => {
      delete config.static_resources?.clusters?.find((cluster) => String(cluster.name) === 'sallyport')
        ?.health_checks;
    },
  });
  // Not fetch, which sets `host` itself.
  const headers = {
    host,
    'x-pomerium-authorization': jwt,
    accept: 'application/json',
    'user-agent': 'bench/1',
  };
  const [response] = await once(
    get({ port: envoy.ports.http, host: '127.0.0.1', path, headers }),
    'response',
  );
  response.resume();
  await envoy.child.stop();
  recorder.forceShutdown();
  if (recorded === undefined) throw new Error('Envoy asked nothing');
  return recorded;
}
