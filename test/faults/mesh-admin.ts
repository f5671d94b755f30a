import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { AccountId } from '../../src/accounts/account-id.ts';
import type { Credential } from '../../src/accounts/service-account-schema.ts';
import { UserId } from '../../src/accounts/user-id.ts';
import { CredentialId } from '../../src/credentials/credential-id.ts';
import { parseResources } from '../../src/manifests/parse-resources.ts';
import { transact } from '../../src/operations/changes/transact.ts';
import { machinePrincipal } from '../../src/operations/principal.ts';
import type { Store, Write } from '../../src/store/port.ts';
import { openRedisStore, type RedisStore } from '../../src/store/redis/redis-store.ts';
import type { RedisStoreOptions } from '../../src/store/redis/redis-store-options.ts';
import { issueToken } from '../../src/tokens/issue-token.ts';
import { loadSigningKeys } from '../../src/tokens/key-file.ts';
import type { SigningKey } from '../../src/tokens/key-set.ts';
import { revokeCredentials } from '../support/account-calls.ts';
import { E2E_HOST } from '../support/http-client.ts';
import { planApply } from '../support/plan-apply.ts';

/** An account's one credential. */
export interface IssuedAccount {
  readonly account: AccountId;
  readonly credential: CredentialId;
  readonly jwt: string;
}

/** What an operator does beside the sidecars, on a connection of his own, without the start of a process each time. */
export interface MeshAdmin {
  readonly store: RedisStore;
  /** The end-to-end tests' resources. */
  applyResources(): Promise<void>;
  /** New accounts of team-a that its policy lets in. */
  createAccounts(count: number): Promise<IssuedAccount[]>;
  /** Signed as it should be, of an account that never was. */
  forgeUnknown(): Promise<string>;
  revoke(account: IssuedAccount): Promise<void>;
  /** A commit that matters to nobody. */
  touch(): Promise<void>;
  close(): Promise<void>;
}

/** As `startSidecar` configures it. */
const ISSUER = 'https://sallyport.localhost';
const AUDIENCE = 'mesh.localhost';
const ACCESS = machinePrincipal('tester', 'here', Date.now);

/** @param keyFile the key that credentials are signed with */
export async function openMeshAdmin(options: RedisStoreOptions, keyFile: string): Promise<MeshAdmin> {
  // An operator has the time that a busy machine takes.
  const store = await openRedisStore({ commandTimeout: 2000, ...options });
  const { signer } = await loadSigningKeys(keyFile);
  const apply = (text: string) =>
    transact(store, ACCESS, (reader, grants) =>
      planApply(parseResources([{ file: 'test', text }]), { reader, grants, now: Date.now() }),
    );
  let touched = 0;
  return {
    store,
    async applyResources() {
      await apply(readFileSync(new URL('../e2e/resources.yaml', import.meta.url), 'utf8'));
    },
    async createAccounts(count) {
      const ids = Array.from({ length: count }, () => `robot-${randomUUID()}`);
      const documents = ids.map((id) => ({
        apiVersion: 'sallyport/v1alpha1',
        kind: 'ServiceAccount',
        id,
        namespace: 'team-a',
        user_id: id,
      }));
      await apply(documents.map((document) => JSON.stringify(document)).join('\n---\n'));
      return issueAll(store, signer, ids);
    },
    async forgeUnknown() {
      const id = `robot-${randomUUID()}`;
      return (await issue(signer, id)).jwt;
    },
    async revoke({ account, credential }) {
      await revokeCredentials(store, ACCESS, account, credential);
    },
    async touch() {
      touched += 1;
      const document = { apiVersion: 'sallyport/v1alpha1', kind: 'DirectoryUser', id: `nobody-${touched}` };
      await apply(JSON.stringify({ ...document, email: `${randomUUID()}@example.com` }));
    },
    close: () => store.close(),
  };
}

async function issueAll(store: Store, signer: SigningKey, ids: readonly string[]): Promise<IssuedAccount[]> {
  const { result } = await transact(store, ACCESS, async (reader) => {
    const accounts = await reader.findAll('service_account', ids);
    const writes: Write[] = [];
    const result: IssuedAccount[] = [];
    for (const account of accounts.values()) {
      const issued = await issue(signer, account.id);
      const credential: Credential = {
        id: issued.credential,
        account: account.id,
        purpose: 'mesh',
        label: '',
        issued_at: new Date(issued.issuedAt * 1000).toISOString(),
      };
      writes.push(
        {
          key: { kind: 'service_account', id: account.id },
          value: { ...account, credentials: [credential.id] },
        },
        { key: { kind: 'credential', id: credential.id }, value: credential },
      );
      result.push(issued);
    }
    return { writes, result };
  });
  return result;
}

async function issue(signer: SigningKey, id: string): Promise<IssuedAccount & { readonly issuedAt: number }> {
  const account = AccountId.parse(id);
  const user = UserId.parse(id);
  const credential = CredentialId.parse(randomUUID());
  if (!account || !user || !credential) throw new Error(`no id: ${id}`);
  const issuedAt = Math.floor(Date.now() / 1000);
  const jwt = await issueToken({
    signer,
    issuer: ISSUER,
    audience: AUDIENCE,
    accountId: account,
    userId: user,
    credentialId: credential,
    issuedAt,
  });
  return { account, credential, jwt, issuedAt };
}

/** The host that the credentials are good for. */
export const MESH_HOST = E2E_HOST;
