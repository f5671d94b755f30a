import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { OPERATIONS } from '../../src/admin/contract.ts';
import { openAdminWorld, TEAMS } from './world.ts';

const VERSION = '4.32.5';
const VENV = fileURLToPath(new URL(`../../.tools/venv-schemathesis-${VERSION}`, import.meta.url));

before(() => {
  if (existsSync(join(VENV, 'bin/schemathesis'))) return;
  execFileSync('python3', ['-m', 'venv', VENV]);
  execFileSync(join(VENV, 'bin/pip'), ['install', '--quiet', `schemathesis==${VERSION}`]);
});

// Two at a time, as there are processes; each on a store of its own: it finds the tester's account sooner or later, and does to it what can be done to one.
describe('Schemathesis', { concurrency: 2 }, () => {
  for (const operation of operationIds())
    test(`whatever is asked of ${operation}, no answer is a fault or outside the OpenAPI document`, async () => {
      const world = await openAdminWorld();
      try {
        await world.apply(TEAMS);
        const jwt = await world.signIn('root');
        const url = await world.app.listen({ host: '127.0.0.1', port: 0 });
        const { status, output } = await run([
          'run',
          `${url}/api/v1/openapi.json`,
          `--include-operation-id=${operation}`,
          '--header',
          `Authorization: Bearer ${jwt}`,
          '--max-examples=50',
          '--checks=not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance',
          '--no-color',
        ]);
        assert.equal(status, 0, output);
        assert.match(output, /Tested: 1$/m);
        assert.deepEqual(world.faults, []);
      } finally {
        await world.close();
      }
    });
});

function operationIds(): string[] {
  return Object.entries(OPERATIONS).flatMap(([group, operations]) =>
    Object.keys(operations).map((name) => `${group}.${name}`),
  );
}

/** Beside this process, which answers meanwhile. */
async function run(args: readonly string[]): Promise<{ status: number | null; output: string }> {
  const child = spawn(join(VENV, 'bin/schemathesis'), args, { cwd: tmpdir() });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const status = await new Promise<number | null>((done) => child.once('close', done));
  return { status, output };
}
