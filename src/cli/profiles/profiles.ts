import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { decodeUtf8 } from '../../files/decode-utf8.ts';
import { systemErrorCode } from '../../files/system-error-code.ts';
import { mistakesOf } from '../../text/schema-mistakes.ts';
import type { CliContext } from '../cli-context.ts';
import { writePrivateFile } from '../write-private-file.ts';
import { ProfileFile } from './profile-file.ts';

/** The profiles file is unusable. The message says where and what to do, and quotes nothing of the file. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
}

const MAX_BYTES = 1024 * 1024;
const NONE: ProfileFile = { profiles: {} };

type Surroundings = Pick<CliContext, 'env' | 'cwd'>;

/** Where profiles are kept; undefined where no variable says, not even `HOME`. */
export function profilesPath({ env, cwd }: Surroundings): string | undefined {
  const { SALLYPORT_PROFILES: named, XDG_CONFIG_HOME: config, HOME: home } = env;
  if (named) return resolve(cwd, named);
  if (config?.startsWith('/')) return join(config, 'sallyport', 'profiles.json');
  return home ? join(home, '.config', 'sallyport', 'profiles.json') : undefined;
}

/** What is kept; nothing where there is no file. Rejects with `ProfileError`. */
export async function readProfiles(surroundings: Surroundings): Promise<ProfileFile> {
  const path = profilesPath(surroundings);
  if (path === undefined) return NONE;
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return NONE;
    throw new ProfileError(`${path}, which holds your profiles, can't be read: ${code}`);
  }
  try {
    return parse(await readOwn(handle, path), path);
  } finally {
    await handle.close();
  }
}

/** Puts the profiles in place of what is kept, as a whole or not at all. Rejects with `ProfileError`. */
export async function writeProfiles(surroundings: Surroundings, file: ProfileFile): Promise<string> {
  const path = profilesPath(surroundings);
  if (path === undefined)
    throw new ProfileError('there is no place for profiles: set HOME, or SALLYPORT_PROFILES to a file');
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writePrivateFile(path, [`${JSON.stringify(file, null, 2)}\n`], true);
  } catch (error) {
    throw new ProfileError(`${path}, which is to hold your profiles, can't be written: ${codeOf(error)}`);
  }
  return path;
}

/** The text of a file that only this user can read and write. */
async function readOwn(handle: FileHandle, path: string): Promise<string> {
  const { mode, uid, size } = await handle.stat();
  if ((mode & constants.S_IFMT) !== constants.S_IFREG)
    throw new ProfileError(`${path}, which holds your profiles, is no file: move it away`);
  const own = process.getuid?.();
  if (own !== undefined && uid !== own)
    throw new ProfileError(
      `${path}, which holds your profiles, belongs to another user (uid ${uid}): name one of your own with SALLYPORT_PROFILES`,
    );
  if ((mode & 0o077) !== 0)
    throw new ProfileError(
      `${path}, which holds credentials, is open to others (mode ${(mode & 0o777).toString(8).padStart(4, '0')}): chmod 600 ${path}`,
    );
  if (size > MAX_BYTES) throw new ProfileError(`${path}, which holds your profiles, is larger than 1 MiB`);
  const text = decodeUtf8(await handle.readFile());
  if (typeof text === 'string') return text;
  throw new ProfileError(`${path}, which holds your profiles, can't be read: ${text.problem}`);
}

function parse(text: string, path: string): ProfileFile {
  const repair = 'repair it, or move it away and sign in again';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The parser's own words quote the text, in which there are credentials.
    const place = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const at = place === undefined ? '' : `:${text.slice(0, Number(place)).split('\n').length}`;
    throw new ProfileError(`${path}${at}: the file of profiles is no JSON: ${repair}`);
  }
  const read = ProfileFile.safeParse(value);
  if (read.success) return read.data;
  // The name of a key that no profile has may be a credential.
  const problems = mistakesOf(read.error).map(({ path, message, isUnknownKey }) =>
    isUnknownKey
      ? `${path.slice(0, -1).join('.') || 'the file'}: there is something that no profile has`
      : `${path.join('.') || 'the file'}: ${message}`,
  );
  throw new ProfileError(`${path}: ${problems.join('; ')}; ${repair}`);
}

function codeOf(error: unknown): string {
  return systemErrorCode(error) ?? (error instanceof Error ? error.message : String(error));
}
