import { writeFileSync } from 'node:fs';
import { connect, type NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Child, startChild, waitUntilReady } from '../support/child.ts';
import { programCommand } from '../support/program.ts';

function takesConnections(address: NetConnectOpts): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(address);
    socket.once('error', () => done(false));
    socket.once('connect', () => {
      socket.destroy();
      done(true);
    });
  });
}

/** Starts `sallyport serve` on the store of a `commandLine` in the same folder. Whoever starts it stops it. */
export async function startAdminServer(
  folder: string,
  listen: unknown,
  address: NetConnectOpts,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Child> {
  const config = join(folder, 'serve.yaml');
  writeFileSync(
    config,
    stringify({
      listen: [`unix:${join(folder, 'check.sock')}`],
      http: { listen: 'off' },
      admin: { listen },
      store: { embedded: { path: join(folder, 'store') } },
      ...settings,
    }),
  );
  const child = startChild([...programCommand(), 'serve', '--config', config]);
  await waitUntilReady('serve', child, () => takesConnections(address));
  return child;
}
