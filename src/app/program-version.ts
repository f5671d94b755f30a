import { readFileSync } from 'node:fs';

const packageFile: { readonly version: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

export const PROGRAM_VERSION = packageFile.version;
