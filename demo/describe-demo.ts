import { fileURLToPath } from 'node:url';
import type { CreatedCredential } from '../test/support/sidecar.ts';
import { curlArguments, type DemoPlace, quoteCommand, SCHEME_HEADERS } from './curl-command.ts';

/** An absolute path works in every folder; outside the checkout `npx sallyport` would ask the registry. */
const PROGRAM = fileURLToPath(new URL('../bin/sallyport.js', import.meta.url));

/** What the demo prints once everything runs. */
export function describeDemo(place: DemoPlace, account: CreatedCredential, configFile: string): string {
  const moved = place.https === 8443 ? '' : ` (port 8443 is taken)`;
  return [
    `Envoy answers at https://${place.host}:${place.https}/${moved} and http://127.0.0.1:${place.http}/`,
    `The service account ${account.id} (user ID ${account.user_id}, namespace ${account.namespace}) may call it.`,
    '',
    ...SCHEME_HEADERS.flatMap((header) => [
      quoteCommand(['curl', ...curlArguments(place, [header(account.jwt)])]),
      '',
    ]),
    `The command line works on the same store: ${quoteCommand(['node', PROGRAM, 'sa', 'list', '--config', configFile])}`,
    '',
  ].join('\n');
}
