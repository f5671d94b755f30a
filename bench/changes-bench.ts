import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccountId } from '../src/accounts/account-id.ts';
import { GLOBAL, NamespaceId } from '../src/accounts/namespace-id.ts';
import { UserId } from '../src/accounts/user-id.ts';
import { CredentialId } from '../src/credentials/credential-id.ts';
import { parseResourceValues } from '../src/manifests/parse-resources.ts';
import { UNWATCHED } from '../src/manifests/report-progress.ts';
import { requiredId } from '../src/manifests/required-id.ts';
import { API_VERSION } from '../src/manifests/resource.ts';
import { transact } from '../src/operations/changes/transact.ts';
import { IndexedStore } from '../src/operations/index/indexed-store.ts';
import type { Issuing } from '../src/operations/issue-credential.ts';
import type { Principal } from '../src/operations/principal.ts';
import { grantsOf } from '../src/roles/grants.ts';
import { openEmbeddedStore } from '../src/store/embedded/embedded-store.ts';
import type { Store, Write } from '../src/store/port.ts';
import type { StoreWithTelemetry } from '../src/store/telemetry-writes.ts';
import { generateKeyFile } from '../src/tokens/generate-key-file.ts';
import { loadSigningKeys } from '../src/tokens/key-file.ts';
import { createServiceAccount } from '../test/support/account-calls.ts';
import { planApply } from '../test/support/plan-apply.ts';
import { fillStore } from '../test/support/scale/fill-store.ts';
import { placeWrites, type ScaleSize, scaleCaller } from '../test/support/scale/scale-records.ts';

/** 1,000 namespaces. */
const SIZE: ScaleSize = { accounts: 10_000, impersonating: 0, routes: 10_000, credentials: 1 };
const BINDINGS = 1_000;
const ADMINISTRATOR = requiredId(AccountId.parse('account-0000000'));

/** How long a change takes on a full store, by the median. */
export interface ChangeRow {
  readonly name: string;
  readonly ms: number;
}

/**
 * Creating an account and applying resources, in process: `server` with the index that the control plane keeps, `local` without
 * one, as a command on the store's own machine. Each writes to disk.
 */
export async function measureChanges(): Promise<ChangeRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-changes-'));
  const store = await openEmbeddedStore({ path: join(folder, 'store') });
  const indexed = new IndexedStore(store, (fault) => {
    throw fault;
  });
  try {
    await fillStore(store, SIZE);
    await bindRoles(store);
    const issuing = await makeIssuing(folder);
    const rows: ChangeRow[] = [];
    for (const [where, target] of [
      ['server', indexed],
      ['local', store],
    ] as const) {
      let created = 0;
      rows.push({
        name: `sa create, ${where}`,
        ms: await medianOf(21, () => createAccount(target, issuing, `${where}-${created++}`)),
      });
      for (const [count, rounds] of [
        [1, 11],
        [100, 7],
        [10_000, 3],
      ] as const) {
        let version = 0;
        rows.push({
          name: `apply of ${count.toLocaleString('en')}, ${where}`,
          ms: await medianOf(rounds, () => applyPlaces(target, count, `${where} ${version++}`)),
        });
      }
    }
    return rows;
  } finally {
    await indexed.close();
    await store.close();
    rmSync(folder, { recursive: true });
  }
}

/** Makes an administrator in `global`, and gives roles to other accounts. */
async function bindRoles(store: Store): Promise<void> {
  const writes = Array.from({ length: BINDINGS }, (_, index): Write => {
    const { accountId } = scaleCaller(SIZE, index);
    const id = `binding-${index}`;
    const namespace = `team-${String(index).padStart(7, '0')}`;
    const value = { id, account: accountId, role: 'viewer', namespace, description: '' };
    return { key: { kind: 'role_binding', id }, value };
  });
  const [administrator] = await store.get([{ kind: 'service_account', id: ADMINISTRATOR }]);
  writes.push(
    {
      key: { kind: 'role_binding', id: 'administrator' },
      value: {
        id: 'administrator',
        account: ADMINISTRATOR,
        role: 'admin',
        namespace: GLOBAL,
        description: '',
      },
    },
    {
      key: { kind: 'service_account', id: ADMINISTRATOR },
      value: { ...Object(administrator?.value), namespace: GLOBAL },
    },
  );
  const { revision } = await store.position();
  const result = await store.commit(revision, writes);
  if (!('committed' in result)) throw new Error('another process writes to the store during the fill');
}

async function makeIssuing(folder: string): Promise<Issuing> {
  const file = join(folder, 'credential.jwks.json');
  await generateKeyFile(file, 'EdDSA');
  const { signer } = await loadSigningKeys(file);
  const audience = { mesh: 'mesh.test', admin: 'admin.test' };
  return { signer, issuer: 'https://sallyport.test', audience, maxLifetimeMs: undefined };
}

/** An administrator whose roles are read for each transaction, as those of a caller of the admin API are. */
const access: Principal = {
  author: {
    kind: 'account',
    account: ADMINISTRATOR,
    user_id: requiredId(UserId.parse(scaleCaller(SIZE, 0).userId)),
    credential: requiredId(CredentialId.parse(scaleCaller(SIZE, 0).credentialId)),
    address: '127.0.0.1',
  },
  grants: async (reader) => grantsOf(GLOBAL, await reader.bindingsOf(ADMINISTRATOR), await reader.tree(), []),
  now: Date.now,
};

async function createAccount(store: StoreWithTelemetry, issuing: Issuing, name: string): Promise<void> {
  await createServiceAccount(store, access, issuing, {
    id: requiredId(AccountId.parse(name)),
    namespace: requiredId(NamespaceId.parse('team-0000007')),
    userId: requiredId(UserId.parse(`${name}@team`)),
    impersonate: false,
    description: '',
    expiresAt: undefined,
    purpose: 'mesh',
  });
}

/** Changes the description of as many policies. */
async function applyPlaces(store: Store, count: number, description: string): Promise<void> {
  const values: unknown[] = [];
  for (const { key, value } of placeWrites(SIZE)) {
    if (values.length === count) break;
    if (key.kind === 'policy')
      values.push({ apiVersion: API_VERSION, kind: 'Policy', ...Object(value), description });
  }
  const resources = await parseResourceValues('bench', values, UNWATCHED);
  const { changed } = await transact(store, access, (reader, grants) =>
    planApply(resources, { reader, grants, now: Date.now() }),
  );
  if (!changed) throw new Error('the apply to measure changed nothing');
}

/** Milliseconds. The first run warms up and does not count. */
async function medianOf(rounds: number, run: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now();
    await run();
    if (round > 0) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[rounds >> 1] ?? Number.NaN;
}
