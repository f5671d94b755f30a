import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NamespaceId } from '../../src/accounts/namespace-id.ts';
import { createNamespaceNotes } from '../../src/app/configured-namespaces.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { buildSnapshot } from '../../src/snapshot/snapshot.ts';
import { id } from '../support/token-fixture.ts';

const [A, B] = [id(NamespaceId, 'team-a'), id(NamespaceId, 'team-b')];

/** A snapshot with these namespaces below `global`. */
function snapshotOf(names: readonly string[], namespaces?: readonly string[]) {
  const records = names.map((name) => ({
    kind: 'namespace' as const,
    id: name,
    revision: 1,
    value: { id: name, parent: 'global' },
  }));
  const stored = { position: { epoch: 'e', revision: 1 }, records };
  return buildSnapshot(stored, { verifiesClientCertificates: false, namespaces });
}

function noting(config: Parameters<typeof createNamespaceNotes>[0]) {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'info',
    to: {
      write: (text) => {
        const { level, event, setting, namespace } = JSON.parse(text);
        lines.push(`${level} ${event} ${setting} ${namespace}`);
      },
    },
  });
  return { note: createNamespaceNotes(config, logger), take: () => lines.splice(0) };
}

test('a namespace that is not there is told once, and so is that it came and went', () => {
  const { note, take } = noting({ serve: { namespace: undefined, namespaces: undefined }, unmatched: A });
  note(snapshotOf([]));
  assert.deepEqual(take(), ['warn namespace-missing unmatched team-a']);
  note(snapshotOf(['team-b']));
  assert.deepEqual(take(), []);
  note(snapshotOf(['team-a']));
  note(snapshotOf(['team-a', 'team-b']));
  assert.deepEqual(take(), ['info namespace-found unmatched team-a']);
  note(snapshotOf([]));
  assert.deepEqual(take(), ['warn namespace-missing unmatched team-a']);
});

test('one that is there and not served here is told, too, and so is each of serve.namespaces', () => {
  const serve = { namespace: B, namespaces: [A] };
  const { note, take } = noting({ serve, unmatched: undefined });
  note(snapshotOf(['team-b'], [A]));
  assert.deepEqual(take(), [
    'warn namespace-missing serve.namespace team-b',
    'warn namespace-missing serve.namespaces team-a',
  ]);
  note(snapshotOf(['team-a', 'team-b'], [A]));
  assert.deepEqual(take(), ['info namespace-found serve.namespaces team-a']);
});

test('nothing is told where all are there, or none is named', () => {
  const all = noting({ serve: { namespace: A, namespaces: undefined }, unmatched: undefined });
  all.note(snapshotOf(['team-a']));
  assert.deepEqual(all.take(), []);
  const none = noting({ serve: { namespace: undefined, namespaces: undefined }, unmatched: undefined });
  none.note(snapshotOf([]));
  assert.deepEqual(none.take(), []);
});
