/** Where the demo's Envoy answers, and the certificate that it shows. */
export interface DemoPlace {
  readonly host: string;
  readonly https: number;
  readonly http: number;
  /** Path of a PEM file. */
  readonly certificate: string;
}

/** The three headers that a credential may come in, in order of precedence. */
export const SCHEME_HEADERS: readonly ((jwt: string) => string)[] = [
  (jwt) => `X-Pomerium-Authorization: ${jwt}`,
  (jwt) => `Authorization: Pomerium ${jwt}`,
  (jwt) => `Authorization: Bearer Pomerium-${jwt}`,
];

/** The arguments of a curl call through the demo's Envoy, that needs neither DNS nor a trusted certificate. */
export function curlArguments(place: DemoPlace, headers: readonly string[]): string[] {
  return [
    ...['-sS', '-i', '--cacert', place.certificate, '--resolve', `${place.host}:${place.https}:127.0.0.1`],
    `https://${place.host}:${place.https}/`,
    ...headers.flatMap((header) => ['-H', header]),
  ];
}

/** A command as it can be pasted into a shell. */
export function quoteCommand(command: readonly string[]): string {
  return command
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
