import { formatAddress } from './address.ts';
import { defaultAdminAudience } from './audience-section.ts';
import type { Settings } from './schema.ts';
import type { SettingPath } from './setting-path.ts';

export type Report = (path: SettingPath, message: string) => void;

/** The process that is started: the sidecar, or the control plane by itself. Undefined for verbs that work on the store. */
export type ServingVerb = 'serve' | 'admin';

export interface CrossCheckOptions {
  readonly verb: ServingVerb | undefined;
  /** Whether a setting was written, and is not only there by default. */
  isWritten(path: SettingPath): boolean;
}

/** What no single section can tell. Sections with mistakes of their own are absent. */
export function crossCheck(
  settings: Partial<Settings>,
  { verb, isWritten }: CrossCheckOptions,
  report: Report,
): void {
  checkAddresses(settings, report);
  checkAudiences(settings, report);
  if (verb === 'serve') checkSharedSidecar(settings, isWritten, report);
  checkKeys(settings, report);
  checkTokens(settings, report);
  const commandTimeout = settings.store?.redis?.command_timeout;
  if (
    commandTimeout !== undefined &&
    settings.check_timeout !== undefined &&
    commandTimeout >= settings.check_timeout
  )
    report(['store', 'redis', 'command_timeout'], 'expected less than check_timeout');
  if (
    settings.serve?.namespace !== undefined &&
    settings.unmatched !== undefined &&
    settings.unmatched !== 'deny'
  )
    report(['unmatched'], 'expected none beside serve.namespace, to which everything then belongs');
}

/** A sidecar of a shared store has no control plane, and no key that signs credentials. */
function checkSharedSidecar(
  { store, admin, keys }: Partial<Settings>,
  isWritten: CrossCheckOptions['isWritten'],
  report: Report,
): void {
  if (!store?.redis) return;
  if (admin?.listen && isWritten(['admin', 'listen']))
    report(
      ['admin', 'listen'],
      "expected http.listen for the sidecar's keys, probes and metrics: with Redis the admin API runs apart, as sallyport admin",
    );
  if (keys && keys.credential !== 'off' && isWritten(['keys', 'credential']))
    report(
      ['keys', 'credential'],
      'expected keys.verification with the public keys: with Redis the key that signs credentials belongs to sallyport admin and the command line',
    );
  else if (keys && keys.credential !== 'off' && keys.verification.length === 0)
    report(
      ['keys', 'verification'],
      'expected at least one file of public keys, as sallyport key init --public writes it: with Redis a sidecar only verifies',
    );
}

function checkAddresses({ listen, http, admin }: Partial<Settings>, report: Report): void {
  const seen = new Set<string>();
  const all: [SettingPath, NonNullable<Settings['admin']['listen']> | undefined][] = [
    ...(listen ?? []).map((listener, index): [SettingPath, typeof listener] => [
      ['listen', index, 'address'],
      listener,
    ]),
    [['http', 'listen'], http?.listen],
    [['admin', 'listen'], admin?.listen],
  ];
  for (const [path, listener] of all) {
    if (!listener || (listener.address.kind === 'tcp' && listener.address.port === 0)) continue;
    const address = formatAddress(listener.address);
    if (seen.has(address)) report(path, 'expected an address that is not listened on already');
    seen.add(address);
  }
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
