import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Namespace } from '../../src/accounts/namespace-schema.ts';
import { NamespaceNode } from '../../src/accounts/namespace-tree.ts';
import type { Decision } from '../../src/check/decision.ts';
import { createMetrics } from '../../src/observe/metrics.ts';
import { allow, deny } from './decisions.ts';

const SERIES = 'sallyport_decisions_total{verdict="allow",reason="user-ok",enforcement="enforce",';

async function lines(metrics: ReturnType<typeof createMetrics>): Promise<string[]> {
  return (await metrics.text()).split('\n');
}

describe('metrics', () => {
  it('count decisions by verdict, deciding reason, enforcement and namespace, the same however often they are read', async () => {
    const metrics = createMetrics({ processMetrics: false });
    for (const decision of [allow, allow, deny, { ...deny, enforcement: 'enforce' } as const])
      metrics.recordDecision(decision, 0.03);
    for (const text of [await lines(metrics), await lines(metrics)]) {
      const counts = text.filter((line) => line.startsWith('sallyport_decisions_total'));
      assert.deepEqual(counts, [
        'sallyport_decisions_total{verdict="allow",reason="user-ok",enforcement="enforce",namespace="team-a"} 2',
        'sallyport_decisions_total{verdict="deny",reason="token-expired",enforcement="enforce",namespace=""} 1',
        'sallyport_decisions_total{verdict="deny",reason="token-expired",enforcement="observe",namespace=""} 1',
      ]);
    }
  });

  it('name at most 200 namespaces, then `other`; no decision is lost', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const decisionIn = (id: string): Decision => {
      assert.ok(allow.binding);
      const namespace = new NamespaceNode(Namespace.parse({ id, parent: 'global' }), undefined, []);
      return { ...allow, binding: { ...allow.binding, namespace } };
    };
    const decisions = Array.from({ length: 1000 }, (_, index) => decisionIn(`n-${index}`));
    for (const _ of [1, 2]) for (const decision of decisions) metrics.recordDecision(decision, 0.01);
    const counts = (await lines(metrics)).filter((line) => line.startsWith('sallyport_decisions_total'));
    assert.equal(counts.length, 201);
    assert.ok(counts.includes(`${SERIES}namespace="n-199"} 2`));
    assert.ok(counts.includes(`${SERIES}namespace="other"} 1600`));
  });

  it('have a bounded number of series whatever the reasons are, and lose no decision', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const namespaces = Array.from({ length: 300 }, (_, index) => `n-${index}`);
    for (const id of namespaces)
      for (let index = 0; index < 100; index++) {
        assert.ok(allow.binding);
        const namespace = new NamespaceNode(Namespace.parse({ id, parent: 'global' }), undefined, []);
        const reasons = [`reason-${index}`] as unknown as Decision['reasons'];
        metrics.recordDecision({ ...allow, reasons, binding: { ...allow.binding, namespace } }, 0.01);
      }
    const counts = (await lines(metrics)).filter((line) => line.startsWith('sallyport_decisions_total'));
    assert.ok(counts.length <= 1000 + 257, String(counts.length));
    assert.equal(
      counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0),
      300 * 100,
    );
  });

  it('tell how long Checks took, decided or failed, from 10 µs up', async () => {
    const metrics = createMetrics({ processMetrics: false });
    metrics.recordDecision(allow, 0.009);
    metrics.recordDecision(allow, 0.03);
    metrics.recordFailure('timeout', 200);
    metrics.recordFailure('invalid');
    const text = await lines(metrics);
    assert.ok(text.includes('sallyport_check_duration_seconds_bucket{le="0.00001"} 1'));
    assert.ok(text.includes('sallyport_check_duration_seconds_bucket{le="0.00005"} 2'));
    assert.ok(text.includes('sallyport_check_duration_seconds_bucket{le="0.25"} 3'));
    assert.ok(text.includes('sallyport_check_duration_seconds_count 3'));
    assert.ok(text.includes('sallyport_failures_total{kind="timeout"} 1'));
    assert.ok(text.includes('sallyport_failures_total{kind="invalid"} 1'));
    assert.ok(text.includes('sallyport_failures_total{kind="fault"} 0'));
  });

  it('tell whether it serves, from which revision, and what was left out', async () => {
    const metrics = createMetrics({ processMetrics: false, droppedLogLines: () => 3 });
    metrics.setServing(true);
    metrics.setStoreRevision(42);
    metrics.recordClaimHeaderLeftOut();
    const text = await lines(metrics);
    for (const line of [
      'sallyport_serving 1',
      'sallyport_store_revision 42',
      'sallyport_claim_headers_left_out_total 1',
      'sallyport_log_batches_dropped 3',
    ])
      assert.ok(text.includes(line), line);
  });

  it('tell whether there is contact with the store, how old the last is, and the bound', async () => {
    let contact: { up: boolean; at: number | undefined } = { up: false, at: undefined };
    const metrics = createMetrics({
      processMetrics: false,
      store: { contact: () => contact, maxStalenessMs: 60_000 },
      fileFaults: () => 2,
    });
    const first = await lines(metrics);
    for (const line of [
      'sallyport_store_up 0',
      'sallyport_store_max_staleness_seconds 60',
      'sallyport_file_faults 2',
    ])
      assert.ok(first.includes(line), line);
    assert.ok(!first.some((line) => line.startsWith('sallyport_store_last_contact_seconds')));
    contact = { up: true, at: performance.now() - 5000 };
    const then = await lines(metrics);
    assert.ok(then.includes('sallyport_store_up 1'));
    assert.ok(then.some((line) => /^sallyport_store_last_contact_seconds [\d.]+$/.test(line)));
  });

  it('count what policies in shadow mode would have decided, and records that can not be used', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const shadow = { outcome: 'deny', reasons: [], policy: undefined } as const;
    for (const decision of [
      allow,
      { ...allow, shadow },
      { ...deny, shadow },
      { ...deny, shadow: { ...shadow, outcome: 'none' } },
    ] as const)
      metrics.recordDecision(decision, 0.01);
    metrics.setRecordFaults('policy', 2);
    metrics.setRecordFaults('route', 1);
    for (const text of [await lines(metrics), await lines(metrics)])
      for (const line of [
        'sallyport_shadow_decisions_total{outcome="allow"} 0',
        'sallyport_shadow_decisions_total{outcome="deny"} 2',
        'sallyport_shadow_decisions_total{outcome="none"} 1',
        'sallyport_policy_faults 2',
        'sallyport_route_faults 1',
        'sallyport_namespace_faults 0',
      ])
        assert.ok(text.includes(line), line);
  });

  it("include the process's own, and two sets of them do not meet", async () => {
    assert.match(await createMetrics().text(), /process_resident_memory_bytes/);
    assert.match(await createMetrics().text(), /nodejs_eventloop_lag_seconds/);
  });
});
