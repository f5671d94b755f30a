import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What the contract may bring into a browser: itself, ids, schemas, the characters of a name, and zod. */
const INPUT =
  /^src\/contract\/[a-z-]+\.ts$|^src\/[a-z]+\/[a-z-]+-(?:id|schema)\.ts$|^src\/accounts\/identifier\.ts$|(?:^|\/)node_modules\/zod\//;

test('a browser can load the contract: ids and schemas come with it, and neither a Node built-in nor another library', async () => {
  // An import of a built-in is an error of the build for this platform.
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/contract/contract.ts'],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'browser',
    format: 'esm',
    logLevel: 'silent',
  });
  const inputs = Object.keys(metafile.inputs);
  assert.ok(inputs.includes('src/contract/contract.ts'));
  assert.deepEqual(
    inputs.filter((input) => !INPUT.test(input)),
    [],
  );
  assert.deepEqual(
    Object.values(metafile.outputs).flatMap(({ imports }) => imports),
    [],
    'what is imported and not in the bundle',
  );
});
