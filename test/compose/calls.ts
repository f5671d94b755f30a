import { join } from 'node:path';
import { SCHEME_HEADERS } from '../../demo/curl-command.ts';
import { waitUntil } from '../support/wait-until.ts';
import { runToEnd } from './run-to-end.ts';
import type { Stack } from './stack.ts';

export const SIDECARS = ['sidecar-1', 'sidecar-2'];
/** So many that Envoy asks both sidecars. */
export const CALLS = 20;
const QUIET = ['-sS', '--max-time', '20'];

/** What a caller with this JWT is answered. */
export function status(stack: Stack, jwt?: string): string {
  const header = SCHEME_HEADERS[0];
  return statusOf(stack, '/', ...(jwt !== undefined && header ? ['-H', header(jwt)] : []));
}

/** The status of a GET through Envoy. */
export function statusOf(stack: Stack, path: string, ...args: string[]): string {
  const certificate = ['--cacert', join(stack.folder, 'cert.pem')];
  const printed = ['-o', '/dev/null', '-w', '%{http_code}'];
  return runToEnd([
    'curl',
    ...QUIET,
    ...printed,
    ...certificate,
    ...args,
    `https://verify.localhost:8443${path}`,
  ]);
}

export interface AdminAnswer {
  readonly status: string;
  readonly body: string;
}

/** Asks the admin API's server without a credential. */
export function askAdmin(stack: Stack, path: string, ...args: string[]): AdminAnswer {
  const certificate = ['--cacert', join(stack.folder, 'admin.pem')];
  const command = ['curl', ...QUIET, '-w', '\n%{http_code}', ...certificate, ...args];
  const printed = runToEnd([...command, `https://localhost:8444${path}`]);
  const end = printed.lastIndexOf('\n');
  return { status: printed.slice(end + 1), body: printed.slice(0, end) };
}

/** Asks the admin API as the README's alice. */
export function askAsAlice(stack: Stack, path: string, ...args: string[]): AdminAnswer {
  return askAdmin(stack, `/api/v1${path}`, '-H', `@${join(stack.folder, 'alice.header')}`, ...args);
}

export async function waitUntilHealthy(stack: Stack, services: readonly string[]): Promise<void> {
  for (const service of services)
    await waitUntil(
      `${service} to be healthy`,
      () => JSON.parse(stack.inspect(service))[0].State.Health?.Status === 'healthy',
      { timeout: 120_000, interval: 500 },
    );
}
