import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../../src/check/', import.meta.url));
const IMPORT =
  /(?:^\s*(?:import|export)\s[^'"]*?from\s*|^\s*import\s*|\bimport\(\s*|\brequire\(\s*)['"]([^'"]+)['"]/gm;

/** The parts of the core that a decision is made of. */
const CORE =
  /^\.\.\/(?:accounts|credentials|policy|routes|snapshot|store|tokens)\/[a-z0-9-]+\.ts$|^\.\/[a-z0-9-]+\.ts$/;
/** Libraries that move bytes of their own. */
const TRANSPORT = [
  'http',
  'https',
  'http2',
  'net',
  'tls',
  'dgram',
  'dns',
  'child_process',
  'cluster',
  'worker_threads',
];

test('no file that decides knows of gRPC, Redis, HTTP or any adapter', () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  assert.ok(files.includes('check.ts'));
  for (const file of files) {
    const imported = [...readFileSync(join(SOURCES, file), 'utf8').matchAll(IMPORT)].map(
      ([, name]) => name ?? '',
    );
    for (const name of imported) {
      if (name.startsWith('.')) assert.match(name, CORE, file);
      else if (name.startsWith('node:'))
        assert.ok(!TRANSPORT.includes(name.slice(5).split('/')[0] ?? ''), `${file} imports ${name}`);
      else {
        assert.ok(!builtinModules.includes(name), `${file} imports ${name} without node:`);
        assert.ok(['zod', 'lru-cache'].includes(name), `${file} imports ${name}`);
      }
    }
  }
});
