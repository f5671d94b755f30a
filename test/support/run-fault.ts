import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { IssuedAccount, MeshAdmin } from '../faults/mesh-admin.ts';
import { callWith, type FaultLoad, type LoadCall, startFaultLoad } from './fault-load.ts';
import { BOUND, type FaultMesh } from './fault-mesh.ts';
import { waitUntil } from './wait-until.ts';

export interface Fault {
  readonly name: string;
  /** What goes before it and before any revocation. */
  prepare?(): Promise<void> | void;
  begin(): Promise<void> | void;
  /** Milliseconds that it lasts. */
  readonly lasts: number;
  /** @param revoke revokes once more, where the first time may be lost */
  end(revoke: () => Promise<unknown>): Promise<void> | void;
  /** Whether the operator revokes before it begins, where nothing can be revoked during it. Default: during it. */
  readonly revoke?: 'before' | 'during';
  /** Who revokes, where that is not the mesh's operator. */
  revoker?(): MeshAdmin;
  /** Called once the store has said that it has the revocation. */
  onRevoked?(): Promise<void> | void;
  /** Whether good credentials that were in use must not notice. */
  readonly unnoticed?: boolean;
  /** How it comes back, where that is not by itself. */
  readonly returns?: string;
}

/** What Envoy's client saw of a fault; milliseconds. */
export interface FaultRow {
  readonly name: string;
  readonly lasts: number;
  /** Longest time in which good credentials in use only failed. */
  readonly out: number;
  /** Status and how often, by whose credential. */
  readonly good: string;
  readonly first: string;
  readonly unknown: string;
  /** From the acknowledged revocation until the last admitted call with it began, undefined where none was. */
  readonly admittedAfter: number | undefined;
  /** From the end of the fault until nothing fails any more. */
  readonly back: number;
  readonly returns: string;
}

/** Nothing fails for so long: it is back. */
const CALM = 1000;

/** Makes a fault under load, and asserts what holds of every fault. */
export async function runFault(mesh: FaultMesh, fault: Fault): Promise<FaultRow> {
  const { admin, envoy } = mesh;
  const [revoked, ...good] = await admin.createAccounts(4);
  assert.ok(revoked);
  const first = await admin.createAccounts(400);
  const unknown = await admin.forgeUnknown();
  const port = envoy.ports.http;
  for (const { jwt } of [revoked, ...good])
    await waitUntil('the load to begin well', async () => (await callWith(port, false, jwt)) === 200);
  const load = startFaultLoad(port, { good, first, revoked, unknown });
  try {
    await delay(500);
    await fault.prepare?.();
    const revokeNow = () => revoke(fault.revoker?.() ?? admin, revoked);
    const revokedBefore = fault.revoke === 'before' ? await revokeNow() : undefined;
    const began = performance.now();
    await fault.begin();
    const revoking = revokedBefore ?? revokeNow();
    // What it rejects with is thrown below.
    const told = Promise.resolve(revoking).then(() => fault.onRevoked?.());
    told.catch(() => undefined);
    await delay(fault.lasts);
    const ended = performance.now();
    await fault.end(revokeNow);
    const acknowledged = await revoking;
    await untilCalm(load);
    await load.stop();
    return judge(fault, load.calls, { began, ended, acknowledged });
  } finally {
    await load.stop();
  }
}

/** Again and again until the store says that it has it; when that was. */
async function revoke(admin: MeshAdmin, account: IssuedAccount): Promise<number> {
  for (const deadline = performance.now() + 60_000; ; ) {
    try {
      await admin.revoke(account);
      return performance.now();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(20);
    }
  }
}

async function untilCalm(load: FaultLoad): Promise<void> {
  const from = performance.now();
  await waitUntil(
    'everything to be as before',
    () => {
      const lately = performance.now() - CALM;
      if (lately < from) return false;
      const calls = load.calls.slice(-500).filter(({ ended }) => ended >= lately);
      return calls.some(({ kind }) => kind === 'first') && !calls.some(isFailure);
    },
    { timeout: 45_000 },
  );
}

function isFailure({ status }: LoadCall): boolean {
  return status === 503 || status === 0;
}

function judge(
  fault: Fault,
  all: readonly LoadCall[],
  { began, ended, acknowledged }: { began: number; ended: number; acknowledged: number },
): FaultRow {
  const { name, lasts, returns = 'by itself' } = fault;
  const calls = all.filter((call) => call.ended >= began);
  const of = (kind: LoadCall['kind']) => calls.filter((call) => call.kind === kind);
  assert.deepEqual(only(all, 'good', [200, 503]), [], `${name}: good credentials`);
  assert.deepEqual(only(all, 'first', [200, 503]), [], `${name}: good credentials, seen first`);
  assert.deepEqual(only(all, 'unknown', [401, 503]), [], `${name}: unknown credentials`);
  assert.deepEqual(only(all, 'revoked', [200, 401, 503]), [], `${name}: the revoked credential`);
  if (fault.unnoticed)
    assert.deepEqual(
      of('good').filter((call) => call.status !== 200 && call.began < ended),
      [],
      `${name}: good credentials in use must not notice`,
    );
  const admitted = of('revoked').filter((call) => call.status === 200 && call.began > acknowledged);
  const last = admitted.at(-1);
  const longest = last ? last.began - acknowledged : 0;
  assert.ok(longest <= BOUND, `${name}: admitted ${Math.round(longest)} ms after the revocation`);
  assert.equal(of('revoked').at(-1)?.status, 401, `${name}: refused in the end`);
  const lastFailure = Math.max(ended, ...calls.filter(isFailure).map((call) => call.ended));
  return {
    name,
    lasts,
    out: longestFailure(of('good')),
    good: describeStatuses(of('good')),
    first: describeStatuses(of('first')),
    unknown: describeStatuses(of('unknown')),
    admittedAfter: last && last.began - acknowledged,
    back: lastFailure - ended,
    returns,
  };
}

/** Those calls that had another answer. */
function only(calls: readonly LoadCall[], kind: LoadCall['kind'], allowed: readonly number[]): LoadCall[] {
  return calls.filter((call) => call.kind === kind && !allowed.includes(call.status));
}

function describeStatuses(calls: readonly LoadCall[]): string {
  const counts = new Map<number, number>();
  for (const { status } of calls) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts]
    .sort(([one], [other]) => one - other)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ');
}

/** Milliseconds from the first of failures in a row to the end of the last. */
function longestFailure(calls: readonly LoadCall[]): number {
  let longest = 0;
  let since: number | undefined;
  for (const call of [...calls].sort((one, other) => one.began - other.began)) {
    since = isFailure(call) ? (since ?? call.began) : undefined;
    if (since !== undefined) longest = Math.max(longest, call.ended - since);
  }
  return longest;
}
