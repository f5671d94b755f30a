import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const Service = z.looseObject({
  image: z.string(),
  user: z.string(),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  profiles: z.array(z.string()).optional(),
  restart: z.string().optional(),
  volumes: z.array(z.string()),
});
const { services } = z
  .object({ services: z.record(z.string(), Service) })
  .parse(parse(read('docker-compose.yml'), { merge: true }));

/** `name` or, if it may not write there, `name:ro`, for each service that mounts the volume. */
function mountsOf(volume: string): string[] {
  return Object.entries(services)
    .flatMap(([name, { volumes }]) =>
      volumes
        .filter((mount) => mount.startsWith(`${volume}:`))
        .map((mount) => (/:ro\b/.test(mount) ? `${name}:ro` : name)),
    )
    .sort();
}

describe('docker-compose.yml', () => {
  test('the key that signs is mounted in the control plane, and else only while a command runs', () => {
    // `prepare` makes the folder and `keys` the key; both end before anything else starts.
    assert.deepEqual(mountsOf('operator'), ['admin:ro', 'cli', 'keys', 'prepare']);
    const stay = mountsOf('operator').filter((mount) => services[mount.replace(':ro', '')]?.restart);
    assert.deepEqual(stay, ['admin:ro']);
    assert.deepEqual(services.cli?.profiles, ['operator'], '`up` does not start it');
  });

  test("the password of Redis's admin is mounted only where something is changed", () => {
    assert.deepEqual(mountsOf('control'), ['admin:ro', 'apply:ro', 'cli:ro', 'keys:ro', 'prepare']);
  });

  test('the configurations name each file in the volume that has it', () => {
    for (const name of ['admin', 'operator']) {
      const text = read(`deploy/compose/${name}.yaml`);
      const files = [...text.matchAll(/\/var\/lib\/sallyport\/(\w+\/[\w.-]+)$/gm)].map(([, file]) => file);
      assert.ok(files.includes('operator/credential.jwks.json') && files.includes('control/redis-password'));
      assert.ok(!files.includes('operator/redis-password'), name);
    }
  });
});

test('the build context of the images has every source that deploy/compose/tsconfig.json compiles', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'deploy/compose/tsconfig.json'];
  const { stdout } = spawnSync(process.execPath, [...tsc, '--listFilesOnly'], {
    cwd: root,
    encoding: 'utf8',
  });
  const sources = stdout
    .split('\n')
    .filter((file) => file.startsWith(root) && !file.includes('/node_modules/'))
    .map((file) => file.slice(root.length));
  assert.ok(sources.includes('demo/compose/prepare.ts'), stdout);
  const [everything, ...kept] = read('.dockerignore').trim().split('\n');
  assert.equal(everything, '*');
  const isKept = (file: string) => kept.some((line) => `${file}/`.startsWith(`${line.slice(1)}/`));
  assert.deepEqual(
    sources.filter((file) => !isKept(file)),
    [],
  );
});

test("the README's command pins every public image by digest, under the variable that names it", () => {
  const text = `${read('docker-compose.yml')}${read('deploy/Dockerfile')}`;
  const named = [...text.matchAll(/\b([A-Z]+_IMAGE)(?::-|=)([a-z][\w./:-]*)/g)].map(
    ([, name, tag]) => `${name}=${tag}`,
  );
  for (const { image } of Object.values(services)) assert.match(image, /^(\$\{[A-Z]+_IMAGE:-|sallyport)/);
  assert.doesNotMatch(read('deploy/Dockerfile'), /^FROM [a-z./-]+:/m);

  const [, command = ''] = /^```sh compose-pin\n(.*?)^```$/ms.exec(read('README.md')) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-pin-'));
  try {
    // Knows digests of whatever was pulled.
    writeFileSync(
      join(folder, 'docker'),
      '#!/bin/sh\nfor last; do :; done\ncase $1 in pull) echo "$last" >> pulled;; inspect) grep -qx "$last" pulled && echo "pinned:$last";; esac\n',
    );
    chmodSync(join(folder, 'docker'), 0o755);
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    const { status } = spawnSync('bash', ['-euc', command], { cwd: folder, env });
    assert.equal(status, 0);
    const pinned = readFileSync(join(folder, '.env'), 'utf8').trim().split('\n');
    assert.deepEqual(pinned.sort(), [...new Set(named)].map((each) => each.replace('=', '=pinned:')).sort());
  } finally {
    rmSync(folder, { recursive: true });
  }
});
