import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { AccountRefusal, Caller } from '../../src/accounts/caller.ts';
import {
  type CallerDirectory,
  createCallerDirectory,
  type KnownRecord,
  type RecordSource,
} from '../../src/accounts/caller-directory.ts';
import type { DirectoryUser } from '../../src/accounts/directory-schema.ts';
import type { Credential, ServiceAccount } from '../../src/accounts/service-account-schema.ts';
import { accountOf, credentialOf, directoryUserOf, tokenOf } from '../support/records.ts';

interface Known<T> extends KnownRecord<T> {
  stale: boolean;
}

/** A store of one kind with a cache before it; `hold` keeps answers back until it is called off. */
class Source<T> implements RecordSource<T> {
  readonly stored = new Map<string, T>();
  readonly #cached = new Map<string, Known<T>>();
  loads = 0;
  beforeAnswer: (id: string) => void | Promise<void> = () => {};

  peek(id: string): KnownRecord<T> | undefined {
    return this.#cached.get(id);
  }

  async load(id: string): Promise<KnownRecord<T>> {
    this.loads += 1;
    const known: Known<T> = { value: this.stored.get(id), stale: false };
    this.#cached.set(id, known);
    await this.beforeAnswer(id);
    return known;
  }

  write(id: string, value: T | undefined): void {
    if (value === undefined) this.stored.delete(id);
    else this.stored.set(id, value);
    const known = this.#cached.get(id);
    if (known) known.stale = true;
    this.#cached.delete(id);
  }
}

let credentials: Source<Credential>;
let accounts: Source<ServiceAccount>;
let directoryUsers: Source<DirectoryUser>;
let directory: CallerDirectory;

beforeEach(() => {
  credentials = new Source();
  accounts = new Source();
  directoryUsers = new Source();
  directory = createCallerDirectory({ credentials, accounts, directoryUsers }, 100);
  accounts.write('sa-1', accountOf());
  credentials.write('c-1', credentialOf());
  credentials.write('c-2', credentialOf({ id: 'c-2' }));
  directoryUsers.write('alice', directoryUserOf());
});

const loads = () => credentials.loads + accounts.loads + directoryUsers.loads;

function callerOf(found: Caller | AccountRefusal): Caller {
  if ('refused' in found) throw new Error(`${found.refused}: ${found.detail}`);
  return found;
}

function reasonOf(found: Caller | AccountRefusal): string {
  return 'refused' in found ? found.refused : 'found';
}

/** What is answered without waiting. */
function atOnce(found: ReturnType<CallerDirectory['resolve']>): Caller | AccountRefusal {
  assert.ok(!(found instanceof Promise), 'it waits');
  return found;
}

describe('the first time the store is asked, from then on memory answers', () => {
  test('and it is the same caller each time', async () => {
    const first = directory.resolve(tokenOf());
    assert.ok(first instanceof Promise);
    const caller = callerOf(await first);
    assert.equal(caller.account.id, 'sa-1');
    assert.equal(loads(), 2);
    for (let n = 0; n < 3; n++) assert.equal(atOnce(directory.resolve(tokenOf())), caller);
    assert.equal(loads(), 2);
  });

  test('each credential of an account makes a caller of its own', async () => {
    const [one, other] = await Promise.all([
      directory.resolve(tokenOf()),
      directory.resolve(tokenOf({ credential: 'c-2' })),
    ]);
    assert.equal(callerOf(one).credential.id, 'c-1');
    assert.equal(callerOf(other).credential.id, 'c-2');
    assert.equal(callerOf(one).account, callerOf(other).account);
  });

  test('that there is no such credential or account is remembered, too', async () => {
    credentials.write('c-3', credentialOf({ id: 'c-3', account: 'sa-gone' }));
    const tokens = [tokenOf({ credential: 'c-unknown' }), tokenOf({ credential: 'c-3', account: 'sa-gone' })];
    for (const token of tokens) {
      assert.equal(reasonOf(await directory.resolve(token)), 'token-revoked');
      const before = loads();
      assert.equal(reasonOf(atOnce(directory.resolve(token))), 'token-revoked');
      assert.equal(loads(), before);
    }
  });

  test("Pomerium's token is invalid for an account that takes none, and revoked where there is no account", async () => {
    const token = (account: string) => tokenOf({ issuance: 'pomerium', credential: account, account });
    assert.equal(reasonOf(await directory.resolve(token('sa-1'))), 'token-invalid');
    assert.equal(reasonOf(await directory.resolve(token('sa-gone'))), 'token-revoked');
    accounts.write('sa-1', accountOf({ pomerium: true }));
    credentials.write('sa-1', credentialOf({ id: 'sa-1', purpose: 'pomerium' }));
    assert.equal(reasonOf(await directory.resolve(token('sa-1'))), 'found');
  });

  test('a store that can not be asked rejects, and nothing is remembered of it', async () => {
    accounts.beforeAnswer = () => {
      accounts.write('sa-1', accountOf());
      throw new Error('out of reach');
    };
    await assert.rejects(async () => directory.resolve(tokenOf()), /out of reach/);
    accounts.beforeAnswer = () => {};
    assert.equal(reasonOf(await directory.resolve(tokenOf())), 'found');
  });
});

describe('impersonation', () => {
  beforeEach(() => accounts.write('sa-1', accountOf({ impersonate: 'alice' })));

  test('user ID, email, name, groups and claims are those of the directory user', async () => {
    const caller = callerOf(await directory.resolve(tokenOf({ user: 'alice' })));
    assert.equal(caller.userId, 'alice');
    assert.equal(caller.email, 'alice@example.com');
    assert.deepEqual(caller.groups, ['ops']);
    assert.equal(caller.directoryUser?.id, 'alice');
    assert.equal(atOnce(directory.resolve(tokenOf({ user: 'alice' }))), caller);
  });

  test('a directory user that is gone stops the account', async () => {
    directoryUsers.write('alice', undefined);
    assert.equal(reasonOf(await directory.resolve(tokenOf({ user: 'alice' }))), 'account-disabled');
    directoryUsers.write('alice', directoryUserOf());
    assert.equal(reasonOf(await directory.resolve(tokenOf({ user: 'alice' }))), 'found');
  });

  test('a change of the directory user makes another caller', async () => {
    const before = callerOf(await directory.resolve(tokenOf({ user: 'alice' })));
    directoryUsers.write('alice', directoryUserOf({ groups: [] }));
    const after = callerOf(await directory.resolve(tokenOf({ user: 'alice' })));
    assert.notEqual(after, before);
    assert.deepEqual(after.groups, []);
  });
});

describe('what is stale is resolved anew', () => {
  const changes: [what: string, change: () => void, expected: (found: Caller | AccountRefusal) => unknown][] =
    [
      [
        'the credential',
        () => credentials.write('c-1', credentialOf({ revoked_at: '2026-02-01T00:00:00Z' })),
        (found) => callerOf(found).credential.revoked_at !== undefined,
      ],
      [
        'the account',
        () => accounts.write('sa-1', accountOf({ disabled: true })),
        (found) => callerOf(found).account.disabled,
      ],
      [
        'the namespace of the account',
        () => accounts.write('sa-1', accountOf({ namespace: 'team-b' })),
        (found) => callerOf(found).account.namespace === 'team-b',
      ],
      [
        'a deleted credential',
        () => credentials.write('c-1', undefined),
        (found) => reasonOf(found) === 'token-revoked',
      ],
      [
        'a deleted account',
        () => accounts.write('sa-1', undefined),
        (found) => reasonOf(found) === 'token-revoked',
      ],
    ];
  for (const [what, change, expected] of changes)
    test(what, async () => {
      const before = callerOf(await directory.resolve(tokenOf()));
      change();
      const found = directory.resolve(tokenOf());
      assert.notEqual(found, before);
      assert.ok(expected(await found));
      assert.ok(expected(atOnce(directory.resolve(tokenOf()))));
    });

  test('a credential that was unknown and is made now', async () => {
    assert.equal(reasonOf(await directory.resolve(tokenOf({ credential: 'c-9' }))), 'token-revoked');
    credentials.write('c-9', credentialOf({ id: 'c-9' }));
    assert.equal(reasonOf(await directory.resolve(tokenOf({ credential: 'c-9' }))), 'found');
  });
});

describe('a change while records are read', () => {
  const changed = { disabled: true };

  test('of the account, after the credential was read, counts', async () => {
    credentials.beforeAnswer = () => accounts.write('sa-1', accountOf(changed));
    assert.equal(callerOf(await directory.resolve(tokenOf())).account.disabled, true);
  });

  test('of the credential, after it was read, counts', async () => {
    accounts.beforeAnswer = () => {
      accounts.beforeAnswer = () => {};
      credentials.write('c-1', undefined);
    };
    assert.equal(reasonOf(await directory.resolve(tokenOf())), 'token-revoked');
  });

  test('of what is being read, counts', async () => {
    accounts.beforeAnswer = () => {
      accounts.beforeAnswer = () => {};
      accounts.write('sa-1', accountOf(changed));
    };
    assert.equal(callerOf(await directory.resolve(tokenOf())).account.disabled, true);
  });

  test('of whom the account stands for, is followed', async () => {
    accounts.write('sa-1', accountOf({ impersonate: 'alice' }));
    directoryUsers.write('bob', directoryUserOf({ id: 'bob' }));
    directoryUsers.beforeAnswer = () => {
      directoryUsers.beforeAnswer = () => {};
      accounts.write('sa-1', accountOf({ impersonate: 'bob' }));
    };
    assert.equal(callerOf(await directory.resolve(tokenOf())).userId, 'bob');
  });

  test('that goes on for ever is a fault, and no refusal', async () => {
    credentials.beforeAnswer = () => credentials.write('c-1', credentialOf());
    await assert.rejects(async () => directory.resolve(tokenOf()), /change faster than they can be read/);
  });

  test('nobody who asks afterwards gets what was read before', async () => {
    let answer = () => {};
    accounts.beforeAnswer = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    const early = directory.resolve(tokenOf());
    while (accounts.loads === 0) await Promise.resolve();
    accounts.beforeAnswer = () => {};
    accounts.write('sa-1', accountOf(changed));
    const late = callerOf(await directory.resolve(tokenOf()));
    assert.equal(late.account.disabled, true);
    answer();
    assert.equal(callerOf(await early).account.disabled, true);
    assert.equal(callerOf(await directory.resolve(tokenOf())).account.disabled, true);
  });
});

test('the number of callers remembered is bounded, and those forgotten are found again', async () => {
  const small = createCallerDirectory({ credentials, accounts, directoryUsers }, 1);
  const first = callerOf(await small.resolve(tokenOf()));
  await small.resolve(tokenOf({ credential: 'c-2' }));
  const again = callerOf(atOnce(small.resolve(tokenOf())));
  assert.notEqual(again, first);
  assert.equal(again.credential.id, 'c-1');
});
