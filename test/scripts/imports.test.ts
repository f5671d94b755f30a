import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** An import, and the rules that refuse it. */
const REFUSED: readonly (readonly [from: string, to: string, ...rules: string[]])[] = [
  ['src/envoy/asks-http.ts', 'src/http/server.ts', 'envoy-imports-no-other-edge'],
  ['src/cli/asks-admin.ts', 'src/admin/api.ts', 'cli-imports-no-other-edge'],
  ['src/operations/asks-http.ts', 'src/http/server.ts', 'operations-imports-nothing-above'],
  ['src/operations/commander.ts', 'commander', 'commander-only-in-cli', 'check-knows-no-transport'],
  ['src/operations/fastify.ts', 'fastify', 'fastify-only-in-http-and-admin', 'check-knows-no-transport'],
  ['src/operations/settings.ts', 'src/config/config.ts', 'config-is-for-main-app-and-cli'],
  ['src/operations/driver.ts', 'src/store/redis/store.ts', 'the-core-imports-no-driver'],
  ['src/contract/noun.ts', 'src/accounts/account.ts', 'contract-imports-ids-and-schemas'],
  ['src/accounts/bad-schema.ts', 'src/accounts/account.ts', 'schemas-import-ids-and-schemas'],
  ['src/accounts/asks.ts', 'src/operations/create.ts', 'accounts-imports-nothing-above'],
  ['src/files/asks.ts', 'src/accounts/account.ts', 'files-imports-nothing-above'],
  ['src/store/asks.ts', 'src/check/check.ts', 'store-imports-nothing-above'],
  ['src/check/store.ts', 'src/store/port.ts', 'check-imports-nouns-and-snapshot'],
  ['src/check/net.ts', 'node:net', 'check-knows-no-transport'],
  ['src/check/http2.ts', 'node:http2', 'check-knows-no-transport'],
  ['src/check/resolver.ts', 'node:dns/promises', 'check-starts-nothing'],
  ['src/check/child.ts', 'node:child_process', 'check-starts-nothing'],
  ['src/check/yaml.ts', 'yaml', 'check-uses-zod-and-lru-cache'],
  ['src/policy/jose.ts', 'jose', 'jose-only-in-tokens'],
  ['src/store/lmdb.ts', 'lmdb', 'lmdb-only-in-store-embedded'],
  ['src/store/embedded/redis.ts', 'src/store/redis/store.ts', 'drivers-import-no-other-driver'],
  ['src/store/another/redis.ts', 'src/store/redis/store.ts', 'drivers-import-no-other-driver'],
  ['src/store/replica.ts', 'src/store/another/redis.ts', 'the-core-imports-no-driver'],
  ['src/app/grpc.ts', '@grpc/grpc-js', 'grpc-only-in-envoy'],
  ['src/app/missing.ts', 'no-such-package', 'imports-resolve'],
  ['src/app/tests.ts', 'test/support/support.ts', 'sources-import-no-tests'],
  ['console/store.ts', 'src/store/port.ts', 'console-imports-contract-and-the-browser-client'],
  ['console/client.ts', 'src/client/client.ts', 'console-imports-contract-and-the-browser-client'],
  ['console/tests.ts', 'test/support/support.ts', 'sources-import-no-tests'],
  ['test/bench.ts', 'bench/bench.ts', 'tests-import-no-bench'],
  ['demo/test.ts', 'test/app/app.ts', 'demo-shares-only-test-support'],
  ['src/routes/one.ts', 'src/routes/two.ts', 'no-cycles'],
  // The other half of that cycle, which is reported once.
  ['src/routes/two.ts', 'src/routes/one.ts'],
];

/** Imports of the same shapes that no rule refuses. */
const ALLOWED: readonly (readonly [from: string, to: string])[] = [
  ['src/admin/asks-http.ts', 'src/http/server.ts'],
  ['src/cli/asks-client.ts', 'src/client/client.ts'],
  ['src/cli/commander.ts', 'commander'],
  ['src/http/fastify.ts', 'fastify'],
  ['src/contract/schema.ts', 'src/accounts/account-schema.ts'],
  ['src/contract/id.ts', 'src/accounts/account-id.ts'],
  ['src/operations/check.ts', 'src/check/check.ts'],
  ['src/check/noun.ts', 'src/accounts/account.ts'],
  ['src/check/cache.ts', 'lru-cache'],
  ['src/tokens/jose.ts', 'jose'],
  ['src/store/embedded/lmdb.ts', 'lmdb'],
  ['src/app/driver.ts', 'src/store/redis/store.ts'],
  ['src/store/drivers.ts', 'src/store/redis/store.ts'],
  ['console/contract.ts', 'src/contract/contract.ts'],
  ['console/client-of-browsers.ts', 'src/client/browser-client.ts'],
  ['demo/support.ts', 'test/support/support.ts'],
];

const Report = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

const folder = mkdtempSync(join(tmpdir(), 'sallyport-imports-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('each import that the architecture forbids is refused by its rule, and no other import is', () => {
  const edges = [...REFUSED, ...ALLOWED];
  const files = new Set(edges.flatMap(([from, to]) => (isFile(to) ? [from, to] : [from])));
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    const imported = edges.filter(([from]) => from === file).map(([, to]) => to);
    const lines = imported.map((to) => `import '${isFile(to) ? `${toRoot(file)}${to}` : to}';\n`);
    writeFileSync(join(folder, file), `${lines.join('')}export {};\n`);
  }
  writeFileSync(join(folder, 'tsconfig.json'), '{ "compilerOptions": { "module": "NodeNext" } }');
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));

  const { stdout, stderr } = spawnSync(
    join(ROOT, 'node_modules/.bin/depcruise'),
    ['--config', join(ROOT, '.dependency-cruiser.cjs'), '--output-type', 'json', '.'],
    { cwd: folder, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  assert.equal(stderr, '');
  const { violations } = Report.parse(JSON.parse(stdout)).summary;

  assert.deepEqual(
    violations.map(({ from, rule }) => `${from}: ${rule.name}`).sort(),
    REFUSED.flatMap(([from, , ...rules]) => rules.map((rule) => `${from}: ${rule}`)).sort(),
  );
});

function isFile(target: string): boolean {
  return target.endsWith('.ts');
}

function toRoot(file: string): string {
  return '../'.repeat(file.split('/').length - 1);
}
