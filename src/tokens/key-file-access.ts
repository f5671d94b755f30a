import { KeyFileError } from './key-file-error.ts';

/** Owner and mode of an open file. */
export interface FileOwnership {
  readonly uid: number;
  readonly gid: number;
  /** Permission bits. */
  readonly mode: number;
}

/** The effective user and groups of this process. */
export interface ProcessIdentity {
  readonly uid: number;
  readonly gids: readonly number[];
}

export interface KeyFileTrust {
  /** Whether the group root may read private keys if this process is not root. */
  readonly rootGroup?: boolean;
  /** Called with a warning about a file that is accepted. */
  onWarning?(warning: string): void;
}

/**
 * Throws `KeyFileError` if another user than root and this process may read or replace a private key: another owner,
 * others, or a group that this process is not in. A Kubernetes Secret volume (root, the pod's `fsGroup`, 0440) passes.
 */
export function checkKeyFileAccess(
  path: string,
  { uid, gid, mode }: FileOwnership,
  { rootGroup = false, onWarning }: KeyFileTrust,
  self: ProcessIdentity = identifyProcess(),
): void {
  const refuse = (problem: string) => {
    const octal = mode.toString(8).padStart(4, '0');
    throw new KeyFileError(
      path,
      `holds a private key, and ${problem} (uid ${uid}, gid ${gid}, mode ${octal})`,
    );
  };
  const narrow = `run: chmod 600 ${path}`;
  if (uid !== 0 && uid !== self.uid)
    refuse(`it belongs neither to root nor to this process (uid ${self.uid}): run sallyport as its owner`);
  if ((mode & 0o007) !== 0) refuse(`others have access to it; ${narrow}, or mount its volume with mode 0440`);
  if ((mode & 0o070) === 0) return;
  if (!self.gids.includes(gid)) refuse(`a group that this process is not in has access to it; ${narrow}`);
  if (gid === 0 && self.uid !== 0 && !rootGroup)
    refuse(
      `the group root, which other processes often are in, has access to it; ${narrow}, give the volume a group of its own (fsGroup), or set keys.allow_group: 0`,
    );
  if ((mode & 0o020) === 0) return;
  if (uid !== self.uid) refuse(`its group may write it; ${narrow}, or mount its volume with mode 0440`);
  onWarning?.(`the group of ${path} may write it, as a volume with an fsGroup makes it: mode 0640 is enough`);
}

function identifyProcess(): ProcessIdentity {
  // Undefined on Windows, where a mode says nothing.
  const uid = process.geteuid?.() ?? 0;
  return { uid, gids: [process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])] };
}
