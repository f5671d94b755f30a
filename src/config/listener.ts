import { z } from 'zod';
import { ADDRESS_EXPECTED, isLocal, parseAddress } from '../sockets/address.ts';
import {
  isSettingsMap,
  optionalPath,
  parsedText,
  path,
  refuseUnquotedOff,
  setting,
  text,
  yesOrNo,
} from './setting.ts';

const address = parsedText(ADDRESS_EXPECTED, parseAddress);

const MODE_EXPECTED =
  'expected the octal mode of a socket in quotes, such as "0660", with its owner able to read and write';
const mode = z
  .string({ error: MODE_EXPECTED })
  .regex(/^0?[67][0-7]{2}$/, { error: MODE_EXPECTED })
  .transform((digits) => Number.parseInt(digits, 8));

const clientName = text('the name in a client certificate, whole (no patterns)', /^[^\p{Cc}\s*]+$/u, 512);

const tls = z.strictObject({
  cert: setting(
    { type: 'path', meaning: 'PEM certificate of the server, then those that signed it.' },
    path(),
  ),
  key: setting({ type: 'path', meaning: 'PEM private key of that certificate.' }, path()),
  client_ca: optionalPath('PEM certificates that sign the certificates of clients. Turns mTLS on.'),
  allowed_clients: setting(
    {
      type: 'list of names',
      meaning: "DNS or URI names: a client's certificate must carry one of them.",
      reads: 'yaml',
    },
    z
      .array(clientName, { error: 'expected a list of names' })
      .min(1, { error: 'expected at least one name' })
      .max(1000)
      .optional(),
  ),
});

/** The settings of one listener. */
export const listenerShape = {
  address: setting(
    {
      type: 'address',
      meaning: 'An IP address or `localhost` with a port, or `unix:` and the path of a socket.',
    },
    address,
  ),
  tls,
  insecure: setting(
    {
      type: 'boolean',
      meaning:
        'Allows plaintext, or clients without a certificate, on an address that other machines or users can reach.',
      reads: 'yaml',
    },
    yesOrNo().prefault(false),
  ),
  mode: setting(
    { type: 'octal text', meaning: 'Mode of the Unix socket.', fallback: '`0660`' },
    mode.optional(),
  ),
};

const listener = z.strictObject(
  { ...listenerShape, tls: tls.optional() },
  {
    error: (issue) =>
      issue.code === 'invalid_type'
        ? 'expected an address, or a map of address, tls, insecure and mode'
        : undefined,
  },
);
type ListenerSettings = z.output<typeof listener>;
type ReportMistakeAt = (path: string[], message: string) => void;

function checkedListener(checkWhoConnects: (listener: ListenerSettings, report: ReportMistakeAt) => void) {
  const checked = listener.superRefine(
    (value, context) => {
      const report: ReportMistakeAt = (path, message) => context.addIssue({ code: 'custom', path, message });
      checkSocket(value, report);
      checkClientNames(value, report);
      if (!value.insecure) checkWhoConnects(value, report);
    },
    // Also if a field is wrong, so that all mistakes are reported at once.
    { when: ({ value }) => isListenerLike(value) },
  );
  return z.preprocess((value) => (typeof value === 'string' ? { address: value } : value), checked);
}

function isListenerLike(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('address' in value)) return false;
  const { address } = value;
  const tls = 'tls' in value ? value.tls : undefined;
  return (
    typeof address === 'object' &&
    address !== null &&
    'kind' in address &&
    (tls === undefined || isSettingsMap(tls))
  );
}

function checkSocket({ address, mode, tls, insecure }: ListenerSettings, report: ReportMistakeAt): void {
  if (address.kind === 'tcp') {
    if (mode !== undefined) report(['mode'], 'expected no mode: only a Unix socket has one');
    return;
  }
  if (tls) report(['tls'], 'expected no tls: a Unix socket is guarded by its mode');
  if (typeof mode === 'number' && mode & 0o002 && !insecure)
    report(
      ['mode'],
      'expected a mode that keeps other users out, or insecure: true: a client that connects decides what the sidecar sees',
    );
}

function checkClientNames({ tls }: ListenerSettings, report: ReportMistakeAt): void {
  if (!tls) return;
  if (tls.client_ca !== undefined && tls.allowed_clients === undefined)
    report(
      ['tls', 'allowed_clients'],
      'expected a list of names: without it every certificate of client_ca would do',
    );
  if (tls.client_ca === undefined && tls.allowed_clients !== undefined)
    report(
      ['tls', 'client_ca'],
      'expected the path of a file: without it allowed_clients would not be checked',
    );
}

const PLAINTEXT = 'plaintext is for loopback addresses and Unix sockets';

/** For `listen`: a client decides what the sidecar sees, so one on another machine must authenticate. */
export const GrpcListener = checkedListener(({ address, tls }, report) => {
  if (isLocal(address) || tls?.client_ca !== undefined || tls?.allowed_clients !== undefined) return;
  if (tls)
    report(
      ['tls', 'client_ca'],
      'expected client_ca and allowed_clients for this address, or insecure: true',
    );
  else report(['tls'], `expected tls with client_ca and allowed_clients, or insecure: true: ${PLAINTEXT}`);
});

/** For HTTP: content is public or requests carry credentials, so TLS of the server is enough. */
const HttpListener = checkedListener(({ address, tls }, report) => {
  if (!isLocal(address) && !tls) report(['tls'], `expected tls, or insecure: true: ${PLAINTEXT}`);
});

const OFF = 'off';

/** An HTTP listener; undefined for the text `off`. */
export const HttpListenerOrOff = z.preprocess((value, context) => {
  if (value === OFF) return undefined;
  return refuseUnquotedOff(value, context);
}, HttpListener.optional());
