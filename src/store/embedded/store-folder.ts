import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { StoreFormatError } from '../port.ts';

export const DATA_FILE = 'data.mdb';
export const LOCK_FILE = 'lock.mdb';
/** What sidecars write beside the records; the name on disk is that of the first versions. */
export const TELEMETRY_FOLDER = 'side';
/** Of the processes that have the store open. */
export const PROCESSES_FOLDER = 'processes';
/** Besides what LMDB makes, what a file system puts into a volume of its own. */
const OWN_FILES = new Set([DATA_FILE, LOCK_FILE, TELEMETRY_FOLDER, PROCESSES_FOLDER, 'lost+found']);

const MAGIC = 0xbeefc0de;
const MAGIC_OFFSET = 24;
const PAGE_SIZE_OFFSET = 48;

/**
 * Makes a missing folder (mode 0700), and checks that its content may be opened as a store.
 * Throws `StoreFormatError`, or the file system's own error.
 */
export function prepareFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const files = readdirSync(path);
  if (files.includes(DATA_FILE)) {
    checkDataFile(join(path, DATA_FILE), path);
    return;
  }
  // Names of databases set aside and of backups before a migration start with that of the database; an unfinished lock file
  // starts with that of the lock file.
  const foreign = files.find(
    (file) => !OWN_FILES.has(file) && !file.startsWith(`${DATA_FILE}.`) && !file.startsWith(`${LOCK_FILE}.`),
  );
  if (foreign !== undefined)
    throw new StoreFormatError(
      `${path} holds no store but other files (such as ${JSON.stringify(foreign)}): choose an empty folder or a new one`,
    );
}

/** LMDB maps the file unchecked: one that is foreign or truncated would crash the process. */
function checkDataFile(file: string, path: string): void {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    if (size === 0) return;
    const readNumber = (offset: number) => {
      const bytes = Buffer.alloc(4);
      readSync(descriptor, bytes, 0, 4, offset);
      return bytes.readUInt32LE(0);
    };
    const pageSize = readNumber(PAGE_SIZE_OFFSET);
    const whole =
      readNumber(MAGIC_OFFSET) === MAGIC &&
      size >= 2 * pageSize &&
      readNumber(pageSize + MAGIC_OFFSET) === MAGIC;
    if (!whole)
      throw new StoreFormatError(
        `${file} is no store, or a damaged one: restore a backup, or choose another folder than ${path}`,
      );
  } finally {
    closeSync(descriptor);
  }
}
