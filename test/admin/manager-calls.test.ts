// A manager of `team-a` may ask the admin API whatever they like, in any order: nothing outside `team-a` changes by it,
// no decision on a host that `team-a` was not granted, nobody's roles, and nothing that is an admin's to give.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { z } from 'zod';
import { isWithin } from '../../src/accounts/namespace-tree.ts';
import { SCIM_ROUTES } from '../../src/admin/scim/scim-routes.ts';
import { OPERATIONS } from '../../src/contract/contract.ts';
import type { Operation } from '../../src/contract/operation.ts';
import { RECORD_KINDS, type StoredRecord } from '../../src/store/record.ts';
import { type AdminWorld, openAdminWorld } from '../support/admin-world.ts';
import { type Ask, resourcesOf, World } from '../support/check-world.ts';
import { nodeOf } from '../support/namespaces.ts';
import { tokenOf } from '../support/records.ts';
import { summarizeDecisions } from '../support/summarize-decisions.ts';
import {
  ACCOUNTS,
  API_CALLS,
  type Call,
  calls,
  FOREIGN_HOSTS,
  MANAGED,
  MESH,
  OWN_HOSTS,
  SCIM_CALLS,
} from './manager-calls.ts';

const RUNS = 16;
const SEED = 20_261_127;

const Fields = z.looseObject({
  namespace: z.string().optional(),
  account: z.string().optional(),
  directory_user: z.string().optional(),
  impersonate: z.string().optional(),
  revoked_at: z.string().optional(),
});
const Issued = z.looseObject({
  id: z.string(),
  credential_id: z.string(),
  user_id: z.string(),
  jwt: z.string(),
});

/** Callers whose account is none that a manager of `team-a` may touch. */
const BEYOND_REACH = [undefined, 'c-gus', 'c-olga', 'c-al', 'c-as-dora', 'c-berta', 'c-bob', 'c-none'];
const WITHIN_REACH = ['c-ann', 'c-sue', 'c-mia'];

const asksBy = (callers: readonly (string | undefined)[], hosts: readonly string[]): Ask[] =>
  hosts.flatMap((host) =>
    ['/', '/api/v1', '/secret', '/open'].flatMap((path) =>
      [{}, { 'sallyport.namespace': 'team-b' }, { 'sallyport.route_id': 'b-open' }].flatMap((ext) =>
        callers.map((token) => ({ host, path, ext, ...(token !== undefined && { token }) })),
      ),
    ),
  );
const FOREIGN_ASKS = asksBy(BEYOND_REACH, FOREIGN_HOSTS);

/** The mesh, the manager's ways into its API, and its decisions. */
class Play {
  readonly admin: AdminWorld;
  readonly mesh: World;
  readonly seen = { calls: 0, done: new Map<string, number>(), written: new Map<string, number>() };
  #jwt = '';
  #cookie: string | undefined;

  private constructor(admin: AdminWorld, mesh: World) {
    this.admin = admin;
    this.mesh = mesh;
  }

  static async open(): Promise<Play> {
    const admin = await openAdminWorld();
    await admin.apply(
      resourcesOf(MESH)
        .map(({ kind, spec }) => JSON.stringify({ apiVersion: 'sallyport/v1alpha1', kind, ...spec }))
        .join('\n---\n'),
    );
    const mesh = await World.over(admin.store);
    mesh.now = Date.now();
    mesh.unmatched = 'org';
    for (const account of ACCOUNTS) {
      await mesh.addCredential(`c-${account}`, account);
      const [record] = await admin.store.get([{ kind: 'service_account', id: account }]);
      const value = z.looseObject({}).parse(record?.value);
      await mesh.write({ kind: 'service_account', id: account }, { ...value, credentials: [`c-${account}`] });
    }
    const play = new Play(admin, mesh);
    for (const account of ['al', 'bob', 'root']) await admin.signIn(account);
    await play.#signIn();
    return play;
  }

  async #signIn(): Promise<void> {
    this.#jwt = await this.admin.signIn('mia');
  }

  /** Makes sure that the manager is signed in, as nothing keeps them from revoking themselves; their roles by `whoami`. */
  async roles(): Promise<string> {
    const ask = () => this.admin.call('GET', '/whoami', { jwt: this.#jwt });
    if ((await ask()).statusCode === 401) await this.#signIn();
    const answer = await ask();
    assert.equal(answer.statusCode, 200, answer.body);
    return JSON.stringify(z.looseObject({ roles: z.array(z.unknown()) }).parse(answer.json()).roles);
  }

  /** Asks, and again where it turns out that something is there to be replaced. Whether anything was written. */
  async ask(call: Call): Promise<{ readonly body: string; readonly isWritten: boolean }> {
    const { revision } = await this.admin.store.position();
    let answer = await this.#send(
      call,
      call.condition === 'any' ? { 'if-match': '*' } : call.condition && { 'if-none-match': '*' },
    );
    if (answer.statusCode === 412 && call.condition === 'either')
      answer = await this.#send(call, { 'if-match': '*' });
    assert.ok(answer.statusCode < 500 || answer.statusCode === 501, `${answer.statusCode}: ${answer.body}`);
    this.seen.calls += 1;
    const isWritten = (await this.admin.store.position()).revision !== revision;
    const count = (where: Map<string, number>) =>
      where.set(call.operation, (where.get(call.operation) ?? 0) + 1);
    if (answer.statusCode < 300) count(this.seen.done);
    else assert.ok(!isWritten, `${answer.statusCode}, and something was written`);
    if (isWritten) count(this.seen.written);
    const [cookie] = [answer.headers['set-cookie']].flat();
    if (call.operation === 'session.signIn' && cookie !== undefined) this.#cookie = cookie.split(';')[0];
    return { body: answer.statusCode < 300 ? answer.body : '{}', isWritten };
  }

  #send({ method, path, body, contentType, bySession }: Call, condition: Record<string, string> | undefined) {
    const asSession = bySession && this.#cookie !== undefined;
    return this.admin.app.inject({
      method,
      url: path,
      headers: {
        ...condition,
        ...(asSession
          ? { cookie: this.#cookie, 'sallyport-csrf': '1' }
          : { authorization: `Bearer ${this.#jwt}` }),
        ...(body !== undefined && { 'content-type': contentType ?? 'application/json' }),
      },
      ...(body !== undefined && { payload: JSON.stringify(body) }),
    });
  }

  async close(): Promise<void> {
    await this.admin.close();
    assert.deepEqual(this.admin.faults, []);
  }
}

interface Snapshot {
  /** By kind and id, with the revision that wrote it. */
  readonly records: ReadonlyMap<string, StoredRecord>;
  /** What a manager of `team-a` may not change, as text. */
  readonly kept: ReadonlyMap<string, string>;
  /** On hosts that `team-a` does not hold, by callers whose accounts it has not. */
  readonly decisions: readonly string[];
  /** Who may pass where they should not, of those whose accounts it has. */
  readonly admitted: ReadonlySet<string>;
  readonly roles: string;
}

async function takeSnapshot(play: Play): Promise<Snapshot> {
  const { mesh } = play;
  const roles = await play.roles();
  await mesh.refresh();
  const records = await readRecords(play.admin.store);
  const asks = asksBy(
    [...WITHIN_REACH, ...[...mesh.tokens.keys()].filter((id) => !id.startsWith('c-'))],
    FOREIGN_HOSTS,
  );
  const verdicts = summarizeDecisions(mesh, asks);
  return {
    records,
    kept: keptOf(records, mesh),
    decisions: summarizeDecisions(mesh, FOREIGN_ASKS),
    admitted: new Set(
      asks.flatMap((ask, index) => (isAllowed(verdicts[index]) ? [JSON.stringify(ask)] : [])),
    ),
    roles,
  };
}

const isAllowed = (decision: string | undefined) => decision?.includes('"verdict":"allow"') === true;

async function readRecords(store: AdminWorld['store']): Promise<Map<string, StoredRecord>> {
  const records = new Map<string, StoredRecord>();
  for (const kind of RECORD_KINDS)
    for (let after: string | undefined; ; ) {
      const page = await store.list(kind, { after, limit: 1000 });
      for (const record of page) records.set(`${kind} ${record.id}`, record);
      if (page.length < 1000) break;
      after = page.at(-1)?.id;
    }
  return records;
}

/** What of the records is not a manager's of `team-a` to change, make or delete. */
function keptOf(records: ReadonlyMap<string, StoredRecord>, mesh: World): Map<string, string> {
  const { tree } = mesh.snapshot;
  const isOwn = (namespace: string | undefined) => {
    const node = tree.nodes.get(namespace ?? '');
    return node !== undefined && isWithin(node, nodeOf(tree, 'team-a'));
  };
  const fieldsOf = (record: StoredRecord | undefined) => Fields.parse(record?.value);
  const withRoles = new Set(
    [...records.values()].flatMap((record) =>
      record.kind === 'role_binding' ? [fieldsOf(record).account] : [],
    ),
  );
  const isPlain = (account: StoredRecord | undefined) =>
    account !== undefined &&
    isOwn(fieldsOf(account).namespace) &&
    fieldsOf(account).impersonate === undefined &&
    !withRoles.has(account.id);
  const kept = (record: StoredRecord): unknown => {
    const fields = fieldsOf(record);
    switch (record.kind) {
      case 'namespace': {
        if (!isOwn(record.id)) return record;
        if (record.id !== 'team-a') return undefined;
        const { parent, hosts, enforcement } = z.looseObject({}).parse(record.value);
        return { parent, hosts, enforcement };
      }
      case 'policy':
        return isOwn(fields.namespace) && record.id !== 'a-guard' ? undefined : record;
      case 'route':
        return isOwn(fields.namespace) ? undefined : record;
      case 'service_account':
        if (isPlain(record)) return undefined;
        // Their own credentials they may rotate.
        return record.id === 'mia' ? { ...fields, credentials: [] } : record;
      case 'credential': {
        const account = records.get(`service_account ${fields.account}`);
        // Pomerium's stays, revoked for good, when its account goes.
        const isLeft = account === undefined && fields.revoked_at !== undefined;
        return fields.account === 'mia' || isLeft || isPlain(account) ? undefined : record;
      }
      case 'role_binding':
      case 'directory_user':
      case 'directory_group':
        return record;
      // They tell of what was done: none goes, and none is rewritten.
      case 'user_id':
      case 'activity':
        return undefined;
      default:
        return record.kind satisfies never;
    }
  };
  return new Map(
    [...records].flatMap(([key, record]) => {
      const value = kept(record);
      return value === undefined ? [] : [[key, JSON.stringify(value)] as const];
    }),
  );
}

/** What a call did is within what a manager may do. */
function assertHarmless(before: Snapshot, now: Snapshot): void {
  assert.equal(now.roles, before.roles);
  assert.deepEqual([...now.kept].sort(), [...before.kept].sort());
  for (const [key, record] of before.records)
    if (record.kind === 'activity') assert.deepEqual(now.records.get(key), record, `${key} was rewritten`);
    else if (record.kind === 'user_id') {
      const [was, is] = [Fields.parse(record.value), Fields.parse(now.records.get(key)?.value)];
      assert.deepEqual(
        [is.account, is.directory_user],
        [was.account, was.directory_user],
        `${key} changed hands`,
      );
      // Where an account was when it was deleted is written down.
      if (!isDeepStrictEqual(is, was))
        assert.ok(!['global', 'org', 'team-b'].includes(is.namespace ?? ''), key);
    }
  for (const [index, ask] of FOREIGN_ASKS.entries())
    assert.equal(now.decisions[index], before.decisions[index], JSON.stringify(ask));
  for (const ask of now.admitted) {
    // Whoever may come without a credential may come with one, too.
    if (before.admitted.has(ask)) continue;
    const { token: _, ...anonymous }: Ask = JSON.parse(ask);
    const index = FOREIGN_ASKS.findIndex((one) => JSON.stringify(one) === JSON.stringify(anonymous));
    assert.ok(isAllowed(before.decisions[index]), `${ask} was not admitted before`);
  }
}

/** A JWT that the manager was shown gives them nothing that they have not. */
function assertIssuedWithinReach({ mesh }: Play, body: string, records: Snapshot['records']): void {
  const issued = Issued.safeParse(JSON.parse(body || '{}'));
  if (!issued.success) return;
  const { id, credential_id: credential, user_id: user } = issued.data;
  const roles = [...records.values()].filter(
    ({ kind, value }) => kind === 'role_binding' && Fields.parse(value).account === id,
  );
  assert.ok(id === 'mia' || roles.length === 0, `a JWT of ${id}, which has roles, was shown`);
  const account = records.get(`service_account ${id}`);
  assert.equal(
    Fields.parse(account?.value).impersonate,
    undefined,
    `a JWT of ${id}, which stands for somebody else`,
  );
  mesh.tokens.set(credential, tokenOf({ credential, account: id, user }));
}

/** What came of all the runs of a property. */
interface Tally {
  calls: number;
  readonly done: Map<string, number>;
  readonly written: Map<string, number>;
  runs: number;
  changedOwn: number;
}

const OWN_ASKS = asksBy(BEYOND_REACH, OWN_HOSTS);

/** How it is after a call, which has done no harm. */
async function askAndCompare(play: Play, call: Call, before: Snapshot): Promise<Snapshot> {
  const { body, isWritten } = await play.ask(call);
  if (!isWritten) return before;
  await play.mesh.refresh();
  assertIssuedWithinReach(play, body, await readRecords(play.admin.store));
  const now = await takeSnapshot(play);
  assertHarmless(before, now);
  return now;
}

async function playOut(sequence: readonly Call[], tally: Tally): Promise<void> {
  const play = await Play.open();
  try {
    let before = await takeSnapshot(play);
    const own = summarizeDecisions(play.mesh, OWN_ASKS);
    for (const [index, call] of sequence.entries())
      try {
        before = await askAndCompare(play, call, before);
      } catch (error) {
        throw new Error(`call ${index}, ${JSON.stringify(call)}: ${error}`);
      }
    tally.runs += 1;
    tally.calls += play.seen.calls;
    for (const key of ['done', 'written'] as const)
      for (const [operation, count] of play.seen[key])
        tally[key].set(operation, (tally[key].get(operation) ?? 0) + count);
    if (summarizeDecisions(play.mesh, OWN_ASKS).some((decision, index) => decision !== own[index]))
      tally.changedOwn += 1;
  } finally {
    await play.close();
  }
}

async function holdProperty(parameters: fc.Parameters<[Call[]]>): Promise<Tally> {
  const tally: Tally = { calls: 0, done: new Map(), written: new Map(), runs: 0, changedOwn: 0 };
  await fc.assert(
    fc.asyncProperty(calls, (sequence) => playOut(sequence, tally)),
    // A counterexample names the call that did it; to make it shorter takes minutes: `endOnFailure: false`, and the seed.
    { numRuns: RUNS, includeErrorInReport: true, endOnFailure: true, ...parameters },
  );
  return tally;
}

const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((all, one) => all + one, 0);

/** Without this the property might hold because everything was refused. */
function assertBusy({ calls, done, written, runs, changedOwn }: Tally): void {
  const told = `of ${calls} calls ${sum(done)} were done and ${sum(written)} wrote: ${JSON.stringify([...written])}`;
  assert.ok(sum(done) > 0.25 * calls, told);
  assert.ok(sum(written) > 0.12 * calls, told);
  assert.ok(changedOwn > 0.25 * runs, `${changedOwn} of ${runs} changed what team-a decides itself`);
}

test('every operation of the API and every route of SCIM is among the calls', () => {
  const operations = Object.entries(OPERATIONS).flatMap(([group, those]) =>
    Object.entries<Operation>(those).flatMap(([name, { local }]) => (local ? [] : [`${group}.${name}`])),
  );
  assert.deepEqual(Object.keys(API_CALLS).sort(), operations.sort());
  assert.deepEqual(
    Object.keys(SCIM_CALLS).sort(),
    SCIM_ROUTES.map(({ method, url }) => `${method} ${url}`).sort(),
  );
});

test('the hosts are those that team-a was granted, and those that it was not', async () => {
  const play = await Play.open();
  try {
    const { tree } = play.mesh.snapshot;
    const held = (host: string) => isWithin(tree.hostOwnerOf(host), nodeOf(tree, 'team-a'));
    assert.deepEqual(OWN_HOSTS.filter(held), OWN_HOSTS);
    assert.deepEqual(FOREIGN_HOSTS.filter(held), []);
    const allowed = summarizeDecisions(play.mesh, FOREIGN_ASKS).filter(isAllowed).length;
    assert.ok(
      allowed > 50 && allowed < FOREIGN_ASKS.length - 50,
      `${allowed} of ${FOREIGN_ASKS.length} are allowed`,
    );
  } finally {
    await play.close();
  }
});

test('property: no calls of a manager change anything that is not theirs', async () => {
  const tally = await holdProperty({ seed: SEED });
  assertBusy(tally);
  assert.deepEqual(
    MANAGED.filter((operation) => !tally.written.has(operation)),
    [],
    'each that a manager may do was done',
  );
});

test('property: the same, another time each time', async () => {
  assertBusy(await holdProperty({}));
});
