import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { ATTACK_GROUPS, type AttackTarget } from '../support/attacks.ts';
import { answersOk } from '../support/child.ts';
import { freePort } from '../support/free-port.ts';
import { runAttack } from '../support/run-attack.ts';
import { waitUntil } from '../support/wait-until.ts';
import type { Check } from './check.ts';
import { runToEnd } from './run-to-end.ts';
import type { Stack } from './stack.ts';

/** With the embedded store, in a container of its own beside the stack. */
export const MEMORY_CHECKS: readonly Check[] = [
  {
    name: 'serve in a container of 1 GiB is not killed, whatever its admin API is sent',
    check: outliveAttacks,
  },
];

const NAME = 'sallyport-test-memory';
const LIMIT = '1g';
const State = z.tuple([
  z.looseObject({
    RestartCount: z.int(),
    State: z.looseObject({ Running: z.boolean(), OOMKilled: z.boolean(), Pid: z.int() }),
  }),
]);

async function outliveAttacks({ folder }: Stack): Promise<void> {
  const ports = { grpc: await freePort(), http: await freePort(), admin: await freePort() };
  const place = join(folder, NAME);
  mkdirSync(place, { recursive: true });
  const config = join(place, 'sallyport.yaml');
  writeFileSync(
    config,
    stringify({
      listen: [`127.0.0.1:${ports.grpc}`],
      http: { listen: `127.0.0.1:${ports.http}` },
      admin: { listen: `127.0.0.1:${ports.admin}` },
      store: { embedded: { path: '/data' } },
    }),
  );
  chmodSync(config, 0o644);
  try {
    runToEnd([
      ...['docker', 'run', '--detach', '--name', NAME, '--network', 'host', '--no-healthcheck'],
      ...['--memory', LIMIT, '--memory-swap', LIMIT, '--volume', `${NAME}:/data`],
      ...['--volume', `${config}:/etc/sallyport/sallyport.yaml:ro`, 'sallyport'],
    ]);
    for (const port of [ports.http, ports.admin])
      await waitUntil('serve to be ready', () => answersOk(`http://127.0.0.1:${port}/readyz`), {
        timeout: 60_000,
      });
    const before = inspect();
    const target = makeTarget(place, ports.admin);
    // What has a credential first: an address that is refused often is then refused for whatever it asks.
    const attacks = ATTACK_GROUPS.filter(({ fill }) => fill === undefined)
      .reverse()
      .flatMap((group) => group.attacks)
      // Envoy is not here.
      .filter(({ name }) => !name.includes('called'));
    for (const attack of attacks) {
      const results = await Promise.all(attack.plan(target).map((plan) => runAttack(place, plan)));
      const answers = new Set(results.flatMap((result) => Object.keys(result.answers)));
      assert.ok(
        attack.reaches.some((status) => answers.has(String(status))),
        `${attack.name} was answered ${[...answers].join(', ')}`,
      );
      assert.ok(await answersOk(`http://127.0.0.1:${ports.http}/readyz`), attack.name);
    }
    const after = inspect();
    assert.deepEqual(after, before);
    assert.ok(after.State.Running && !after.State.OOMKilled);
    const logs = runToEnd(['docker', 'logs', NAME]);
    assert.match(logs, /"event":"control-plane-up"/);
    assert.doesNotMatch(logs, /"event":"control-plane-down"/);
  } finally {
    runToEnd(['docker', 'rm', '--force', NAME]);
    runToEnd(['docker', 'volume', 'rm', NAME]);
  }
}

/** Whether it runs, and as which process. */
function inspect() {
  const [{ RestartCount, State: state }] = State.parse(JSON.parse(runToEnd(['docker', 'inspect', NAME])));
  const { Running, OOMKilled, Pid } = state;
  return { RestartCount, State: { Running, OOMKilled, Pid } };
}

const Issued = z.looseObject({ jwt: z.string() });

/** The resources of the end-to-end tests, and a credential of each role. */
function makeTarget(place: string, adminPort: number): AttackTarget {
  const cli = (args: readonly string[], input = '') =>
    runToEnd(['docker', 'exec', '--interactive', NAME, 'sallyport', ...args, '--output', 'json'], { input });
  const issue = (...args: string[]) => Issued.parse(JSON.parse(cli(args))).jwt;
  cli(['apply', '-f', '-'], readFileSync(new URL('../e2e/resources.yaml', import.meta.url), 'utf8'));
  const account = (id: string) => [
    'sa',
    'create',
    '--id',
    id,
    '--user-id',
    id,
    '--namespace',
    'team-a',
    '--for',
    'admin',
  ];
  const viewer = issue(...account('viewer'));
  const manager = issue(...account('manager'));
  const bindings = ['viewer', 'manager'].map((role) =>
    JSON.stringify({
      ...{ apiVersion: 'sallyport/v1alpha1', kind: 'RoleBinding', id: role },
      ...{ account: role, role, namespace: 'team-a' },
    }),
  );
  cli(['apply', '-f', '-'], bindings.join('\n---\n'));
  return {
    adminPort,
    viewer,
    manager,
    admin: issue('bootstrap', '--id', 'admin'),
    meshPort: 0,
    bodyFile(name, body) {
      const file = join(place, name);
      writeFileSync(file, body);
      return file;
    },
  };
}
