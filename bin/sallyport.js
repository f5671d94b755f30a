#!/usr/bin/env -S node --initial-old-space-size=110 --heap-growing-percent=25 --expose-gc
// The built program where there is one, and in a checkout without one the sources.
import { existsSync } from 'node:fs';

// SIGHUP asks a server to read its files again, also while it starts. Those that start read them anyway.
const SERVERS = new Set(['serve', 'admin', 'control-plane', 'prepare-store']);
if (SERVERS.has(process.argv[2])) process.on('SIGHUP', () => undefined);

const built = new URL('../dist/main.js', import.meta.url);
const source = new URL('../src/main.ts', import.meta.url);

if (existsSync(built)) {
  await import(built.href);
} else {
  try {
    await import('tsx');
  } catch {
    process.stderr.write('sallyport: not built yet. Run `npm run build` in the checkout first.\n');
    process.exit(1);
  }
  await import(source.href);
}
