import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Needles } from './scan-memory.ts';

const KeyFile = z.object({ keys: z.array(z.object({ kid: z.string(), d: z.string() })).min(1) });

/** A private key, however it may lie in memory. */
export interface PrivateKeyNeedles {
  readonly kid: string;
  readonly needles: Needles;
}

/** The keys of a key file. Half of one is already too much to find. */
export function privateKeysIn(file: string): PrivateKeyNeedles[] {
  return KeyFile.parse(JSON.parse(readFileSync(file, 'utf8'))).keys.map(({ kid, d }) => ({
    kid,
    needles: needlesOf(d),
  }));
}

function needlesOf(d: string): Needles {
  const bytes = Buffer.from(d, 'base64url');
  // OpenSSL keeps the number of an elliptic curve's key with its lowest byte first.
  const reversed = Buffer.from(bytes).reverse();
  const base64 = bytes.toString('base64');
  const texts: Readonly<Record<string, string>> = {
    base64url: d,
    base64,
    hex: bytes.toString('hex'),
    'upper-case hex': bytes.toString('hex').toUpperCase(),
  };
  const needles = new Map<string, Buffer>();
  const addHalves = (name: string, whole: Buffer) => {
    const half = whole.length >> 1;
    needles.set(`${name}, first half`, whole.subarray(0, half));
    needles.set(`${name}, second half`, whole.subarray(half));
  };
  addHalves('bytes', bytes);
  addHalves('bytes, lowest first', reversed);
  for (const [name, text] of Object.entries(texts)) {
    addHalves(name, Buffer.from(text, 'latin1'));
    addHalves(`${name}, as UTF-16`, Buffer.from(text, 'utf16le'));
  }
  return needles;
}
