import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccountId } from '../../src/accounts/account-id.ts';
import { createCallerDirectory } from '../../src/accounts/caller-directory.ts';
import { NamespaceId } from '../../src/accounts/namespace-id.ts';
import { UserId } from '../../src/accounts/user-id.ts';
import { type CheckParts, check } from '../../src/check/check.ts';
import { buildSnapshot } from '../../src/snapshot/snapshot.ts';
import { openReplica } from '../../src/store/open-replica.ts';
import { createTokenVerifier } from '../../src/tokens/token-verifier.ts';
import {
  createServiceAccount,
  deleteServiceAccount,
  revokeCredentials,
  rotateCredential,
  setDisabled,
} from '../support/account-calls.ts';
import { NOW, requestOf, describe as say, World } from '../support/check-world.ts';
import { accessAt } from '../support/machine-principal.ts';
import { ADMIN, ISSUER, id, MESH, makeKeys, SwappedKeys } from '../support/token-fixture.ts';
import { within } from '../support/within.ts';

test('with real tokens and a replica that follows the store, each change of an account takes hold', async () => {
  const world = await World.open(`
{ kind: Namespace, id: team-a, parent: global, hosts: [a.com] }
---
{ kind: Policy, id: members, namespace: global, ppl: { allow: { or: [authenticated_user: true] } } }
---
{ kind: Route, id: r, namespace: team-a, hosts: [a.com], policies: [members] }`);
  const { store } = world;
  const replica = await openReplica({
    store,
    build: (stored) => buildSnapshot(stored, { verifiesClientCertificates: false }),
  });
  try {
    const keys = await makeKeys('EdDSA');
    const parts: CheckParts = {
      ...world.parts,
      tokens: createTokenVerifier({ keys: new SwappedKeys(keys), issuer: ISSUER, audience: MESH }),
      callers: createCallerDirectory(replica, 100),
      snapshot: () => replica.snapshot,
    };
    const ask = async (token: string) => say(await check(parts, requestOf({ host: 'a.com', token })));
    const followed = async () =>
      within(replica.caughtUp((await store.position()).revision), 'the replica to follow');
    const issuing = {
      signer: keys.signer,
      issuer: ISSUER,
      audience: { mesh: MESH, admin: ADMIN },
      maxLifetimeMs: undefined,
    };
    const access = accessAt(NOW);
    const account = id(AccountId, 'bot');
    const wanted = { id: account, namespace: id(NamespaceId, 'team-a'), userId: id(UserId, 'bot') };
    const first = await createServiceAccount(store, access, issuing, {
      ...wanted,
      impersonate: false,
      description: '',
      expiresAt: undefined,
      purpose: 'mesh',
    });
    await followed();

    const request = requestOf({ host: 'a.com', token: first.jwt });
    assert.ok(check(parts, request) instanceof Promise, 'the first time is looked up');
    assert.equal(await ask(first.jwt), 'allow: user-ok');
    const warm = check(parts, request);
    assert.ok(!(warm instanceof Promise), 'from then on the answer is there at once');
    assert.equal(say(warm), 'allow: user-ok');

    const second = await rotateCredential(store, access, issuing, {
      id: account,
      purpose: 'mesh',
      expiresAt: undefined,
      label: '',
    });
    await followed();
    assert.equal(await ask(first.jwt), 'allow: user-ok', 'rotating leaves the old one good');
    assert.equal(await ask(second.jwt), 'allow: user-ok');

    await revokeCredentials(store, access, account, first.credential.id);
    await followed();
    assert.equal(await ask(first.jwt), 'unauthenticated: token-revoked');
    assert.equal(await ask(second.jwt), 'allow: user-ok');

    await setDisabled(store, access, account, true);
    await followed();
    assert.equal(await ask(second.jwt), 'unauthenticated: account-disabled');
    await setDisabled(store, access, account, false);
    await followed();
    assert.equal(await ask(second.jwt), 'allow: user-ok');

    const admin = await rotateCredential(store, access, issuing, {
      id: account,
      purpose: 'admin',
      expiresAt: undefined,
      label: '',
    });
    await followed();
    assert.equal(await ask(admin.jwt), 'unauthenticated: token-invalid');

    await deleteServiceAccount(store, access, account);
    await followed();
    assert.equal(await ask(second.jwt), 'unauthenticated: token-revoked');
  } finally {
    await replica.close();
    await world.close();
  }
});
