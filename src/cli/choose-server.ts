import { resolve } from 'node:path';
import type { Connection } from '../client/http-client.ts';
import { parseServerUrl, SERVER_EXPECTED, type ServerUrl } from '../client/server-url.ts';
import { readBoundedFile } from '../files/read-bounded-file.ts';
import type { CliContext } from './cli-context.ts';
import type { CommonOptions } from './command-options.ts';
import { nameOfFile, readSecretText } from './input-file.ts';
import type { Profile, ProfileFile } from './profiles/profile-file.ts';
import { readProfiles } from './profiles/profiles.ts';
import { credentialIn, readSecret } from './read-credential.ts';
import type { ServerOptions } from './server-options.ts';
import { UsageError } from './usage-error.ts';

export type TargetOptions = Pick<CommonOptions, 'config' | 'set'> & ServerOptions;

/** The server that the command line, the environment or a profile names. */
export interface ChosenServer {
  readonly server: ServerUrl;
  readonly ca: Buffer | undefined;
  /** The profile of this server, if there is one. */
  readonly profile: (Profile & { readonly name: string }) | undefined;
  /** Whether only the current profile names it. */
  readonly implied: boolean;
}

const SERVER_FLAGS = {
  server: '--server',
  profile: '--profile',
  ca: '--ca',
  tokenFile: '--token-file',
} as const;

/**
 * The admin API to call, or undefined for the local store. The command line overrides the environment, which overrides the current
 * profile. Rejects with `UsageError` and `ProfileError`.
 */
export async function chooseServer(
  context: CliContext,
  options: TargetOptions,
): Promise<ChosenServer | undefined> {
  const named = Object.entries(SERVER_FLAGS).find(
    ([name]) => options[name as keyof ServerOptions] !== undefined,
  );
  const local =
    options.config !== undefined ? '--config' : Object.keys(options.set).length > 0 ? '--set' : undefined;
  if (local !== undefined && named)
    throw new UsageError(
      `${named[1]} conflicts with ${local}: one is for an admin API, the other for the store of this machine; remove one of them`,
    );
  if (local !== undefined) return undefined;
  const chosen = await findServer(context, options);
  if (!chosen && named)
    throw new UsageError(`${named[1]} is for an admin API: name it with --server URL, or --profile NAME`);
  return chosen;
}

/** Adds the credential. Rejects with `UsageError`. */
export async function signIn(
  context: CliContext,
  { server, ca, profile }: ChosenServer,
  { tokenFile }: ServerOptions,
): Promise<Connection> {
  const token = await findToken(context, profile, tokenFile);
  if (token === undefined)
    throw new UsageError(
      `there is no credential for ${server.text}: sallyport login --server ${server.text}, or set SALLYPORT_TOKEN`,
    );
  return { server, ca, token };
}

async function findServer(context: CliContext, options: ServerOptions): Promise<ChosenServer | undefined> {
  const { env } = context;
  const fromEnvironment = options.profile === undefined ? env.SALLYPORT_SERVER : undefined;
  const text = options.server ?? (fromEnvironment || undefined);
  const file = await readProfiles(context);
  const name = options.profile ?? (env.SALLYPORT_PROFILE || file.current);
  const profile =
    name === undefined
      ? undefined
      : profileCalled(name, file, options.profile !== undefined || text === undefined);
  if (text === undefined) {
    if (!profile) return undefined;
    const server = serverOf(profile.server, `profile ${profile.name}`);
    return { ...(await known(context, options, server, profile)), implied: options.profile === undefined };
  }
  const server = serverOf(text, options.server === undefined ? 'SALLYPORT_SERVER' : '--server');
  if (profile?.server === server.text)
    return { ...(await known(context, options, server, profile)), implied: false };
  // A profile's credential is sent only to that profile's server.
  if (options.profile !== undefined)
    throw new UsageError(
      `profile ${options.profile} is for ${profile?.server}, not for ${server.text}: leave --server or --profile out`,
    );
  return { ...(await known(context, options, server, undefined)), implied: false };
}

function profileCalled(name: string, { profiles }: ProfileFile, required: boolean) {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile) return { ...profile, name };
  if (!required) return undefined;
  const others = Object.keys(profiles);
  throw new UsageError(
    `there is no profile ${JSON.stringify(name)}: ${others.length === 0 ? 'sallyport login makes one' : `there are ${others.join(', ')}`}`,
  );
}

function serverOf(text: string, source: string): ServerUrl {
  const server = parseServerUrl(text);
  if (server) return server;
  throw new UsageError(`${source}: ${SERVER_EXPECTED}`);
}

async function known(
  context: CliContext,
  { ca: said }: ServerOptions,
  server: ServerUrl,
  profile: ChosenServer['profile'],
): Promise<Omit<ChosenServer, 'implied'>> {
  const file = caFileOf(context, said, server, profile?.ca);
  return { server, ca: file === undefined ? undefined : await readCa(file), profile };
}

async function findToken(
  { env, cwd, stdin, stderr }: CliContext,
  profile: ChosenServer['profile'],
  file: string | undefined,
): Promise<string | undefined> {
  if (file === '-') return credentialIn(await readSecret(stdin, stderr, 'Credential: '), 'standard input');
  if (file !== undefined) {
    return credentialIn(await readSecretText({ cwd, stdin }, file, '--token-file'), nameOfFile(file));
  }
  if (env.SALLYPORT_TOKEN) return credentialIn(env.SALLYPORT_TOKEN, 'SALLYPORT_TOKEN');
  return profile?.token;
}

const MAX_CA_BYTES = 1024 * 1024;

/** The CA certificates for a server, as PEM. Rejects with `UsageError`. */
export async function readCa(path: string): Promise<Buffer> {
  const pem = readBoundedFile(path, MAX_CA_BYTES);
  if (!Buffer.isBuffer(pem))
    throw new UsageError(`cannot read the certificates in ${nameOfFile(path)}: ${pem.problem}`);
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new UsageError(`expected certificates as PEM in ${nameOfFile(path)}: there are none`);
}

/**
 * The file with the CA certificates: from the command line, else the environment, else a profile. Throws `UsageError`.
 * @param said from the command line
 * @param kept from the profile
 */
export function caFileOf(
  { env, cwd }: CliContext,
  said: string | undefined,
  server: ServerUrl,
  kept: string | undefined,
): string | undefined {
  const secured = server.at.kind === 'tcp' && server.at.tls;
  if (!secured && said !== undefined)
    throw new UsageError(`--ca is for https, and ${server.text} is not: leave it out`);
  const file = said ?? (env.SALLYPORT_CA || undefined) ?? kept;
  return secured && file !== undefined ? resolve(cwd, file) : undefined;
}
