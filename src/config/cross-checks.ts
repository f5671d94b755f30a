import { type Address, formatAddress } from '../sockets/address.ts';
import { chosenDriver, crossCheckStore } from '../store/drivers.ts';
import { formatSteps } from '../text/schema-mistakes.ts';
import { defaultAdminAudience } from './audience-section.ts';
import type { Settings } from './schema.ts';
import type { Report } from './setting-files.ts';
import type { SettingPath } from './setting-path.ts';

/** The process to start: the sidecar, or the control plane by itself. */
export type ServingVerb = 'serve' | 'admin';

export interface CrossCheckOptions {
  readonly verb: ServingVerb | undefined;
  /** Whether a setting was written; false for a default. */
  isWritten(path: SettingPath): boolean;
}

/** Checks across sections. A section with mistakes of its own is absent. */
export function crossCheck(settings: Partial<Settings>, options: CrossCheckOptions, report: Report): void {
  const { verb, isWritten } = options;
  checkAddresses(settings, options, report);
  checkAudiences(settings, report);
  if (verb === 'serve') checkSharedSidecar(settings, isWritten, report);
  checkKeys(settings, report);
  checkTokens(settings, report);
  if (settings.store && settings.check_timeout !== undefined)
    crossCheckStore(settings.store, settings.check_timeout, report);
  if (
    settings.max_connection_age_grace !== undefined &&
    settings.check_timeout !== undefined &&
    settings.max_connection_age_grace < settings.check_timeout
  )
    report(
      ['max_connection_age_grace'],
      'expected at least check_timeout: Checks in flight would be cut off',
    );
  if (
    settings.serve?.namespace !== undefined &&
    settings.unmatched !== undefined &&
    settings.unmatched !== 'deny'
  )
    report(['unmatched'], 'expected none beside serve.namespace, to which all other requests belong');
}

/** A sidecar of a shared store has no control plane, and no key that signs credentials. */
function checkSharedSidecar(
  { store, admin, keys }: Partial<Settings>,
  isWritten: CrossCheckOptions['isWritten'],
  report: Report,
): void {
  if (!store) return;
  const { label, capabilities } = chosenDriver(store);
  if (capabilities.controlPlaneBeside) return;
  if (admin?.listen && isWritten(['admin', 'listen']))
    report(
      ['admin', 'listen'],
      `expected http.listen for the sidecar's keys, probes and metrics: with ${label} the admin API runs apart, as sallyport admin`,
    );
  if (keys && keys.credential !== 'off' && isWritten(['keys', 'credential']))
    report(
      ['keys', 'credential'],
      `expected keys.verification with the public keys: with ${label} the key that signs credentials belongs to sallyport admin and the command line`,
    );
  else if (keys && keys.credential !== 'off' && keys.verification.length === 0)
    report(
      ['keys', 'verification'],
      `expected at least one file of public keys, as sallyport key init --public writes it: with ${label} a sidecar only verifies`,
    );
}

/** Only `serve` listens on several addresses. Other verbs do not use the defaults, so those do not count there. */
function checkAddresses(
  { listen, http, admin, store }: Partial<Settings>,
  { verb, isWritten }: CrossCheckOptions,
  report: Report,
): void {
  if (verb === 'admin') return;
  const uses = (path: SettingPath) => verb === 'serve' || isWritten(path);
  const ownAdmin = verb !== 'serve' || !store || chosenDriver(store).capabilities.controlPlaneBeside;
  const all: [SettingPath, { readonly address: Address } | undefined][] = [
    ...(listen ?? []).map((listener, index): [SettingPath, typeof listener] => [
      ['listen', index, 'address'],
      listener,
    ]),
    [['http', 'listen'], uses(['http', 'listen']) ? http?.listen : undefined],
    [['admin', 'listen'], ownAdmin && uses(['admin', 'listen']) ? admin?.listen : undefined],
  ];
  for (const [index, [path, listener]] of all.entries()) {
    const taken = all.slice(0, index).find(([, other]) => listener && other && overlap(listener, other));
    if (taken?.[1])
      report(
        path,
        `expected an address of its own: ${formatSteps(taken[0])} is ${formatAddress(taken[1].address)}`,
      );
  }
}

const WILDCARDS = new Set(['0.0.0.0', '::']);

/** Whether the system would refuse the second address. */
function overlap({ address: a }: { address: Address }, { address: b }: { address: Address }): boolean {
  if (a.kind === 'unix' || b.kind === 'unix') return formatAddress(a) === formatAddress(b);
  return (
    a.port !== 0 && a.port === b.port && (a.host === b.host || [a, b].some(({ host }) => WILDCARDS.has(host)))
  );
}

/** A token for one use must never pass for another. */
function checkAudiences({ audience, assertion }: Partial<Settings>, report: Report): void {
  const mesh = audience ? audience.mesh : undefined;
  const admin = audience ? (audience.admin ?? defaultAdminAudience(audience.mesh)) : undefined;
  if (mesh !== undefined && mesh === admin)
    report(['audience', 'admin'], 'expected another audience than audience.mesh');
  const upstream = assertion?.audience;
  if (upstream !== undefined && (upstream === mesh || upstream === admin))
    report(['assertion', 'audience'], 'expected another audience than that of credentials');
}

function checkKeys({ keys }: Partial<Settings>, report: Report): void {
  if (!keys) return;
  if (keys.credential === 'off' && keys.verification.length === 0)
    report(
      ['keys', 'verification'],
      'expected at least one file, since keys.credential is off: no credential could be checked',
    );
  const credentialFiles = [keys.credential, ...keys.verification];
  if (keys.assertion !== undefined && credentialFiles.includes(keys.assertion))
    report(['keys', 'assertion'], 'expected a file of its own: an assertion must not pass for a credential');
  keys.verification.forEach((file, index) => {
    if (file === keys.credential || keys.verification.indexOf(file) < index)
      report(['keys', 'verification', index], 'expected a file that is not named already');
  });
}

function checkTokens({ tokens }: Partial<Settings>, report: Report): void {
  if (tokens?.max_lifetime !== undefined && tokens.clock_tolerance >= tokens.max_lifetime)
    report(['tokens', 'clock_tolerance'], 'expected less than tokens.max_lifetime');
}
