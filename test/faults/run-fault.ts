import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { waitUntil } from '../../demo/wait-until.ts';
import { callWith, type FaultLoad, type LoadCall, startFaultLoad } from './fault-load.ts';
import { BOUND, type FaultMesh } from './fault-mesh.ts';
import type { IssuedAccount } from './mesh-admin.ts';

export interface Fault {
  readonly name: string;
  begin(): Promise<void> | void;
  /** Milliseconds that it lasts. */
  readonly lasts: number;
  end(): Promise<void> | void;
  /** Whether the operator revokes before it begins, where nothing can be revoked during it. Default: during it. */
  readonly revoke?: 'before' | 'during' | 'never';
  /** Whether good credentials that were in use must not notice. */
  readonly unnoticed?: boolean;
  /** How it comes back, where that is not by itself. */
  readonly returns?: string;
}

/** What Envoy's client saw of a fault; milliseconds. */
export interface FaultRow {
  readonly name: string;
  readonly lasts: number;
  /** Status and how often, by whose credential. */
  readonly good: string;
  readonly first: string;
  readonly unknown: string;
  /** From the acknowledged revocation until the last admitted call with it began; undefined where none was. */
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
    let acknowledged = fault.revoke === 'before' ? await revoke(mesh, revoked) : Number.POSITIVE_INFINITY;
    const began = performance.now();
    await fault.begin();
    const revoking =
      fault.revoke === undefined || fault.revoke === 'during'
        ? revoke(mesh, revoked).then((at) => {
            acknowledged = at;
          })
        : undefined;
    await delay(fault.lasts);
    const ended = performance.now();
    await fault.end();
    await revoking;
    await untilCalm(load);
    await load.stop();
    return judge(fault, load.calls, { began, ended, acknowledged });
  } finally {
    await load.stop();
  }
}

/** Again and again until the store says that it has it; when that was. */
async function revoke({ admin }: FaultMesh, account: IssuedAccount): Promise<number> {
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
  if (fault.revoke !== 'never') {
    assert.ok(acknowledged < Number.POSITIVE_INFINITY);
    const late = admitted.filter((call) => call.began - acknowledged > BOUND);
    assert.deepEqual(late, [], `${name}: admitted past the bound (revoked at ${acknowledged})`);
    assert.equal(of('revoked').at(-1)?.status, 401, `${name}: refused in the end`);
  }
  const lastFailure = Math.max(ended, ...calls.filter(isFailure).map((call) => call.ended));
  return {
    name,
    lasts,
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
