import { isIP } from 'node:net';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import { OPERATIONS } from '../contract/contract.ts';
import { parseTargetUrl, type TargetUrl } from '../contract/target-url.ts';
import { extractCredential } from '../credentials/extract-credential.ts';
import type { CliContext } from './cli-context.ts';
import { argumentOf, collectPairs, parseTimeArgument } from './command-options.ts';
import { ExitQuietly } from './exit-quietly.ts';
import { nameOfFile, readInputText, readSecretText } from './input-file.ts';
import { printJson } from './output.ts';
import { printExplanation } from './print-explanation.ts';
import { EXIT } from './report-error.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { UsageError } from './usage-error.ts';
import { ACCOUNT_HINTS, withClient } from './with-client.ts';

type Header = readonly [name: string, value: string];

interface ExplainOptions extends OperatorOptions {
  readonly account?: AccountId;
  readonly jwt?: string;
  readonly method: string;
  readonly header: readonly Header[];
  readonly context: Readonly<Record<string, string>>;
  readonly peerAddress?: string;
  readonly clientCertificate?: string;
  readonly time?: number;
  readonly exitCode?: true;
}

interface AskedUrl {
  readonly text: string;
  readonly parsed: TargetUrl;
}

export function addExplain(program: Command, context: CliContext): void {
  addOperatorOptions(program.command('explain'))
    .summary('explain how a request would be decided, step by step')
    .description(
      'Evaluates a request as the sidecar would, on the same store, and shows every step: what the request belongs to, its namespaces, each policy with each criterion, the decision, and the headers for the upstream. Sends and changes nothing. Without --account or --jwt, the request has no credential.',
    )
    .argument(
      '<url>',
      'the request’s URL, such as https://shop.example.com/orders?id=7; used unchanged',
      parseUrl,
    )
    .addOption(
      new Option('--account <id>', 'as this service account, with a valid credential')
        .argParser(argumentOf(AccountId))
        .conflicts('jwt'),
    )
    .option(
      '--jwt <file>',
      'with the JWT in this file, or - for standard input; it is never printed or sent to a server',
    )
    .option('--method <method>', 'the HTTP method', 'GET')
    .option('--header <name: value>', 'a request header; may be repeated', collectHeader, [])
    .option(
      '--context <key=value>',
      'a context extension of Envoy’s route, such as sallyport.route_id=orders; may be repeated',
      collectPairs('sallyport.route_id=orders'),
      {},
    )
    .option('--peer-address <ip>', 'the address of the direct peer, for source_ip', parseAddress)
    .option('--client-certificate <file>', 'PEM of the client certificate that Envoy received')
    .option(
      '--time <time>',
      'when the request comes: a time such as 2027-01-31T12:00:00Z, or a date (default: now)',
      parseTimeArgument,
    )
    .option('--exit-code', 'exit with 1 unless the decision is allow')
    .addHelpText(
      'after',
      '\nFor example: sallyport explain --account my-account --method POST https://shop.example.com/orders',
    )
    .action((url: AskedUrl, options: ExplainOptions) => run(context, url, options));
}

/** Bytes; the limit of the admin API. */
const MAX_CERTIFICATE = 64 * 1024;

async function run(context: CliContext, url: AskedUrl, options: ExplainOptions): Promise<void> {
  const jwt = options.jwt === undefined ? undefined : await readJwt(context, options.jwt);
  const { account, peerAddress, clientCertificate, time } = options;
  const request = {
    url: url.text,
    method: options.method,
    headers: options.header.map(([name, value]) => ({ name, value })),
    context_extensions: { ...options.context },
    ...(peerAddress !== undefined && { peer_address: peerAddress }),
    ...(clientCertificate !== undefined && {
      client_certificate: readInputText(context, clientCertificate, MAX_CERTIFICATE),
    }),
    ...(time !== undefined && { time: new Date(time).toISOString() }),
  };
  const { explain, explainToken } = OPERATIONS.decisions;
  const described = await withClient(
    context,
    options,
    (client) => {
      if (jwt === undefined)
        return client.call(explain, { body: { ...request, ...(account !== undefined && { account }) } });
      if (client.server === undefined) return client.call(explainToken, { body: { ...request, jwt } });
      throw new UsageError(
        'a caller’s JWT is never sent to a server: use --account ID, or explain it on the machine with the store',
      );
    },
    ACCOUNT_HINTS,
  );
  if (options.output === 'json') printJson(context.stdout, described);
  else printExplanation(context, described);
  if (options.exitCode && described.decision.verdict !== 'allow') throw new ExitQuietly(EXIT.failed);
}

async function readJwt(context: CliContext, file: string): Promise<string> {
  const jwt = (await readSecretText(context, file, '--jwt')).trim();
  if (jwt === '')
    throw new UsageError(`there is no JWT in ${file === '-' ? 'standard input' : nameOfFile(file)}`);
  return jwt;
}

function parseUrl(argument: string): AskedUrl {
  const parsed = parseTargetUrl(argument);
  if (parsed) return { text: argument, parsed };
  throw new InvalidArgumentError('expected a URL such as https://shop.example.com/orders');
}

/** A JWT of any issuer. */
const JWT = /^eyJ[\w-]*\.[\w-]+\./;

function collectHeader(argument: string, before: readonly Header[]): readonly Header[] {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(argument);
  const [name, value] = [match?.[1]?.toLowerCase(), match?.[2]];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('expected a header such as "Accept: text/html"');
  const headers = { values: (asked: string) => (asked === name ? [value] : []), names: () => [name] };
  if (extractCredential(headers, (token) => JWT.test(token)))
    throw new InvalidArgumentError(
      'other users of this machine can see arguments: pass a JWT with --jwt FILE, or - for standard input',
    );
  return [...before, [name, value]];
}

function parseAddress(argument: string): string {
  if (isIP(argument) === 0) throw new InvalidArgumentError('expected an IP address');
  return argument;
}
