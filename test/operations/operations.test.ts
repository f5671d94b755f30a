import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { LocalClient } from '../../src/client/local-client.ts';
import { OPERATIONS } from '../../src/contract/contract.ts';
import { type OperationCode, OperationError } from '../../src/contract/operation-error.ts';
import { World } from '../support/check-world.ts';
import { accessAt } from '../support/machine-principal.ts';

const POLICY = {
  id: 'readers',
  namespace: 'global',
  ppl: { allow: { and: [{ user: 'report' }] } },
};
const NOT_CALLED = () => Promise.reject(new Error('not to be asked for'));

let world: World;
let client: LocalClient;
beforeEach(async () => {
  world = await World.open('{ kind: Namespace, id: team-a, parent: global }');
  client = new LocalClient({
    store: world.store,
    place: 'a test',
    principal: accessAt(Date.parse('2026-06-01T12:00:00Z')),
    issuing: NOT_CALLED,
    explaining: NOT_CALLED,
    lint: () => Promise.resolve(undefined),
  });
});
afterEach(() => world.close());

/** Refused with this code and a mistake at each of these places; nothing is written. */
async function refuses(attempt: () => Promise<unknown>, code: OperationCode, ...paths: string[]) {
  const before = await world.store.position();
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof OperationError, String(error));
    assert.equal(error.code, code);
    assert.deepEqual(
      error.issues.map(({ path }) => path),
      paths,
    );
    return true;
  });
  assert.deepEqual(await world.store.position(), before);
}

describe('an operation refuses', () => {
  test('to write a resource of another id than the path names', () =>
    refuses(
      () =>
        client.call(OPERATIONS.policies.put, {
          params: { id: 'writers' },
          body: POLICY,
          precondition: { ifMatch: undefined, ifAbsent: true },
        }),
      'unprocessable',
      'body.id',
    ));

  test('to explain a request for a text that is no URL, before anything is read', () =>
    refuses(
      () => client.call(OPERATIONS.decisions.explain, { body: { method: 'GET', url: '/orders' } }),
      'invalid',
      'body.url',
    ));

  test('a text whose reading took too much time or memory', () =>
    refuses(
      () => client.call(OPERATIONS.policies.lint, { body: { text: '[[[[' } }),
      'unprocessable',
      'body.text',
    ));
});
