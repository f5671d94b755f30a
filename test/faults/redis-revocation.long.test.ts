import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { makeKeyFolder, settingsFor } from '../support/fault-mesh.ts';
import { type RedisServer, startRedis } from '../support/redis-servers.ts';
import { type Sidecar, startSidecar } from '../support/sidecar.ts';
import { waitUntil } from '../support/wait-until.ts';
import { type CheckClient, connectCheckClient, type Verdict } from './check-client.ts';
import { type IssuedAccount, type MeshAdmin, openMeshAdmin } from './mesh-admin.ts';

const SIDECARS = 4;
const ACCOUNTS = 10_000;
/** Accounts made by one commit. */
const CHUNK = 2000;
const REVOCATIONS = 500;
/** Milliseconds between two Checks of the load at each sidecar. */
const PACE = 20;

let redis: RedisServer;
let folder: string;
let admin: MeshAdmin;
const sidecars: Sidecar[] = [];
const clients: CheckClient[] = [];
const accounts: IssuedAccount[] = [];

before(async () => {
  redis = await startRedis();
  folder = await makeKeyFolder();
  admin = await openMeshAdmin(
    { place: { kind: 'standalone', address: redis.address } },
    join(folder, 'credential.json'),
  );
  await admin.applyResources();
  while (accounts.length < ACCOUNTS) accounts.push(...(await admin.createAccounts(CHUNK)));
  const settings = settingsFor(folder, { url: `redis://127.0.0.1:${redis.port}` });
  for (let n = 0; n < SIDECARS; n++) {
    const sidecar = await startSidecar(join(folder, `sidecar-${n}`), { settings });
    sidecars.push(sidecar);
    clients.push(connectCheckClient(sidecar.grpcPort));
  }
});
after(async () => {
  for (const client of clients) client.close();
  await Promise.all(sidecars.map((sidecar) => sidecar.child().stop()));
  await admin?.close();
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('a revocation holds on the last of four sidecars, and for good', async () => {
  const leaving = accounts.slice(0, REVOCATIONS);
  const revoked: string[] = [];
  const load = startLoad(revoked, accounts.slice(REVOCATIONS));
  const times: number[] = [];
  for (const account of leaving) {
    // Each of them has it in memory.
    for (const client of clients)
      await waitUntil('its admission', async () => (await client.check(account.jwt)) === 'admitted');
    await admin.revoke(account);
    const acknowledged = performance.now();
    await Promise.all(clients.map((client) => untilRefused(client, account.jwt)));
    times.push(performance.now() - acknowledged);
    revoked.push(account.jwt);
  }
  const counts = await load.stop();
  times.sort((one, other) => one - other);
  const at = (share: number) => times[Math.ceil(share * times.length) - 1] ?? Number.NaN;
  const figures = [0.5, 0.99, 1].map((share) => `${at(share).toFixed(1)} ms`);
  console.log(
    `${REVOCATIONS} revocations, ${SIDECARS} sidecars, ${ACCOUNTS} accounts: refused by the last after ${figures[0]} (p50), ${figures[1]} (p99; bound: 100 ms), ${figures[2]} (longest)`,
  );
  console.log(`load: ${JSON.stringify(counts)}`);

  assert.equal(counts.goodRefused, 0, 'a good credential was refused');
  assert.equal(counts.revokedAdmitted, 0, 'a revoked credential was admitted again');
  for (const client of clients)
    for (const jwt of revoked) assert.equal(await client.check(jwt), 'refused', 'refused for good');
});

/** Asks again and again, until the answer that is the first of refusals. */
async function untilRefused(client: CheckClient, jwt: string): Promise<void> {
  for (const deadline = performance.now() + 10_000; ; ) {
    const verdict: Verdict = await client.check(jwt);
    if (verdict === 'refused') return;
    assert.ok(performance.now() < deadline, 'never refused');
    // Without a rest this would be a load of its own.
    await delay(2);
  }
}

/** Calls each sidecar with good credentials, many of them for the first time, and with those revoked so far. */
function startLoad(revoked: readonly string[], good: readonly IssuedAccount[]) {
  const counts = { goodAdmitted: 0, goodRefused: 0, goodFailed: 0, revokedRefused: 0, revokedAdmitted: 0 };
  let turn = 0;
  let stopped = false;
  const run = async (client: CheckClient) => {
    while (!stopped) {
      turn += 1;
      const verdict = await client.check(good[turn % good.length]?.jwt ?? '');
      if (verdict === 'admitted') counts.goodAdmitted += 1;
      else if (verdict === 'refused') counts.goodRefused += 1;
      else counts.goodFailed += 1;
      const old = revoked[turn % revoked.length];
      if (old !== undefined)
        if ((await client.check(old)) === 'admitted') counts.revokedAdmitted += 1;
        else counts.revokedRefused += 1;
      await delay(PACE);
    }
  };
  const running = Promise.all(sidecars.map(({ grpcPort }) => runApart(grpcPort, run)));
  return {
    async stop() {
      stopped = true;
      await running;
      return counts;
    },
  };
}

/** On a connection of its own. */
async function runApart(port: number, run: (client: CheckClient) => Promise<void>): Promise<void> {
  const client = connectCheckClient(port);
  try {
    await run(client);
  } finally {
    client.close();
  }
}
