import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Argument, type Command, Option } from 'commander';
import { keyFileTrust, publicKeyFile } from '../config/key-files.ts';
import { OperationError } from '../contract/operation-error.ts';
import type { SigningAlgorithm } from '../tokens/key-set.ts';
import { promoteKey, rotateKeyFile } from '../tokens/rotate-key-file.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, type CommonOptions, loadCommandConfig } from './command-options.ts';
import { KEY_USES, type KeyUse, PUBLIC_FLAGS, PUBLIC_HELP, publishKeys, signingFile } from './key-files.ts';
import { printJson } from './output.ts';
import { printFields } from './print-table.ts';

/** Milliseconds until a running serve has reloaded a key file: it checks four times a second. */
const RELOADED_MS = 750;

interface RotateOptions extends CommonOptions {
  readonly alg?: SigningAlgorithm;
  readonly next?: true;
  readonly public?: string;
}

export function addKeyRotate(key: Command, context: CliContext): void {
  const command = addCommonOptions(key.command('rotate'))
    .summary('add a new key, which signs from now on; the old ones still verify')
    .description(
      `Adds a new key to the configured file. It signs from now on; tokens that older keys signed stay valid until those keys are removed. A running serve reloads the file within a second.

If others must know the key first, use two steps: --next adds a key that only verifies, then key promote makes it sign. For credentials, this concerns sidecars with a copy of the public keys (--public). For assertions, it concerns several sidecars with copies of one file, and upstreams that cache the JWKS (for up to 60 s) and do not fetch it again for an unknown kid.`,
    )
    .addArgument(new Argument('<use>', 'what the key signs').choices(KEY_USES))
    .addOption(
      new Option(
        '--alg <algorithm>',
        'of the new key (default: keys.algorithm; for assertions ES256)',
      ).choices(['EdDSA', 'ES256']),
    )
    .option('--next', 'the key only verifies until key promote')
    .option(PUBLIC_FLAGS, PUBLIC_HELP)
    .action((use: KeyUse, options: RotateOptions) => rotate(context, use, options));
  addExamples(command, [
    ['sallyport key rotate assertion', 'sign assertions with a new key'],
    [
      'sallyport key rotate credential --next --public public.jwks.json',
      'first of two steps: hand out public.jwks.json, then key promote',
    ],
  ]);
}

async function rotate(context: CliContext, use: KeyUse, options: RotateOptions): Promise<void> {
  const config = loadCommandConfig(context, options);
  const file = signingFile(config, use);
  if (use === 'assertion' && options.alg === 'EdDSA')
    throw new OperationError(
      'unprocessable',
      'assertions are signed with ES256 alone, which is what upstreams of Pomerium expect',
    );
  const alg = use === 'assertion' ? 'ES256' : (options.alg ?? config.keys.algorithm);
  const next = options.next === true;
  const published = options.public === undefined ? undefined : resolve(context.cwd, options.public);
  // The sidecar has to know a key before the control plane signs with it.
  const publicKeys = publicKeyFile(config);
  const announces = use === 'credential' && !next && publicKeys !== undefined && existsSync(publicKeys);
  const trust = keyFileTrust(config);
  const { kid, previous } = await rotateKeyFile(file, alg, context.clock(), {
    next: next || announces,
    trust,
  });
  await publishKeys(config, published);
  if (announces) {
    await setTimeout(RELOADED_MS);
    await promoteKey(file, kid, { trust });
  }
  const state = next ? 'verifies' : 'signs';
  if (options.output === 'json')
    return printJson(context.stdout, {
      use,
      kid,
      algorithm: alg,
      state,
      previous: previous ?? null,
      file,
      public: published ?? null,
    });
  printFields(context, [
    ['New key', `${kid} (${alg}), which ${state}`],
    ...(previous === undefined ? [] : [['Before it', previous] as const]),
    ['File', file],
    ...(published === undefined ? [] : [['Public keys', published] as const]),
  ]);
  if (next) context.stdout.write(`\nOnce all verifiers have it: sallyport key promote ${kid}\n`);
  else if (previous !== undefined)
    context.stdout.write(
      `\nOnce no token that ${previous} signed is in use: sallyport key remove ${previous}\n`,
    );
}
