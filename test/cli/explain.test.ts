import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stringify } from 'yaml';
import { z } from 'zod';
import { type ProgramResult, programCommand, runProgram } from '../support/program.ts';

const RESOURCES = `
{apiVersion: sallyport/v1alpha1, kind: Namespace, id: shop, parent: global, hosts: [shop.example], default_policies: [readers]}
---
{apiVersion: sallyport/v1alpha1, kind: Namespace, id: orders, parent: shop}
---
{apiVersion: sallyport/v1alpha1, kind: Namespace, id: bank, parent: global, hosts: [bank.example]}
---
{apiVersion: sallyport/v1alpha1, kind: Policy, id: readers, namespace: shop, ppl: {allow: {and: [{http_method: GET}]}}}
---
{apiVersion: sallyport/v1alpha1, kind: Policy, id: no-robots, namespace: global, enforced: true, ppl: {deny: {or: [{user: robot}]}}}
---
{apiVersion: sallyport/v1alpha1, kind: Policy, id: office-hours, namespace: shop, enforced: true, mode: shadow, ppl: {deny: {or: [{day_of_week: sun}]}}}
---
{apiVersion: sallyport/v1alpha1, kind: Route, id: all-orders, namespace: orders, hosts: [shop.example], path: {prefix: /orders}, policies: [readers]}
---
{apiVersion: sallyport/v1alpha1, kind: ServiceAccount, id: clerk, namespace: shop, user_id: clerk}
---
{apiVersion: sallyport/v1alpha1, kind: ServiceAccount, id: teller, namespace: bank, user_id: teller}
---
{apiVersion: sallyport/v1alpha1, kind: ServiceAccount, id: gone, namespace: shop, user_id: gone, disabled: true}
`;

const Explained = z.object({
  belongs_to: z.object({
    way: z.string().nullable(),
    namespace: z.string().nullable(),
    route: z.string().nullable(),
  }),
  namespaces: z.array(z.string()),
  caller: z.object({ refused: z.string().nullable(), account: z.string().nullable() }).nullable(),
  scope: z.object({ home: z.array(z.string()), in_scope: z.boolean().nullable() }).nullable(),
  policies: z.array(
    z.object({ id: z.string(), mode: z.string(), applies: z.array(z.record(z.string(), z.string())) }),
  ),
  decision: z.object({
    verdict: z.string(),
    refusal: z.string().nullable(),
    reasons: z.array(z.string()),
    shadow: z.object({ outcome: z.string() }).nullable(),
    assertion_audience: z.string().nullable(),
  }),
  answer: z.object({ status: z.number().nullable(), removed: z.array(z.string()) }),
});

describe('explain', () => {
  let folder: string;
  let jwt: string;
  const run = (args: readonly string[], input?: string): Promise<ProgramResult> =>
    runProgram([...programCommand(), ...args, '--config', join(folder, 'sallyport.yaml')], input);
  const explain = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(
      ['explain', '-o', 'json', '--time', '2027-01-03T12:00:00Z', ...args],
      jwt,
    );
    assert.equal(code, 0, stderr);
    assert.ok(!stdout.includes(jwt));
    return Explained.parse(JSON.parse(stdout));
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sallyport-explain-'));
    await writeFile(
      join(folder, 'sallyport.yaml'),
      stringify({
        listen: ['127.0.0.1:9191'],
        store: { embedded: { path: join(folder, 'store') } },
        issuer: 'https://sallyport.example',
        audience: 'mesh.example',
      }),
    );
    assert.equal((await run(['store', 'init'])).code, 0);
    assert.equal((await run(['apply', '-f', '-'], RESOURCES)).code, 0);
    const created = await run([
      'sa',
      'create',
      '--id',
      'robot',
      '--user-id',
      'robot',
      '--namespace',
      'shop',
      '-o',
      'json',
    ]);
    jwt = z.object({ jwt: z.string() }).parse(JSON.parse(created.stdout)).jwt;
  });
  after(() => rm(folder, { recursive: true }));

  test('tells way, namespaces, scope, policies with why they apply, shadow, and what goes upstream', async () => {
    const explained = await explain('--account', 'clerk', 'https://shop.example/orders/7');
    assert.deepEqual(explained.belongs_to, { way: 'route', namespace: 'orders', route: 'all-orders' });
    assert.deepEqual(explained.namespaces, ['orders', 'shop', 'global']);
    assert.deepEqual(explained.scope, { home: ['shop', 'global'], in_scope: true });
    assert.deepEqual(explained.policies, [
      { id: 'readers', mode: 'enforce', applies: [{ as: 'route' }] },
      { id: 'no-robots', mode: 'enforce', applies: [{ as: 'enforced', namespace: 'global' }] },
      { id: 'office-hours', mode: 'shadow', applies: [{ as: 'enforced', namespace: 'shop' }] },
    ]);
    const { verdict, shadow, assertion_audience } = explained.decision;
    assert.deepEqual([verdict, shadow?.outcome, assertion_audience], ['allow', 'deny', 'shop.example']);
    assert.equal(explained.answer.status, null);
    assert.ok(explained.answer.removed.includes('x-pomerium-authorization'));
  });

  test('names each of the five ways', async () => {
    const way = async (...args: string[]) => (await explain('--account', 'clerk', ...args)).belongs_to.way;
    assert.equal(await way('--context', 'sallyport.route_id=all-orders', 'shop.example/'), 'route-id');
    assert.equal(await way('--context', 'sallyport.namespace=shop', 'shop.example/'), 'namespace');
    assert.equal(await way('shop.example/orders'), 'route');
    assert.equal(await way('--set', 'serve.namespace=shop', 'shop.example/'), 'serve-namespace');
    assert.equal(await way('--set', 'unmatched=shop', 'shop.example/'), 'unmatched');
    assert.equal(await way('shop.example/'), null);
  });

  test('refuses for the reason and with the status that the sidecar would', async () => {
    const refusal = async (...args: string[]) => {
      const { decision, answer } = await explain(...args);
      return [decision.reasons[0], answer.status];
    };
    const namespace = ['--context', 'sallyport.namespace=bank'];
    assert.deepEqual(await refusal('--account', 'gone', '--method', 'POST', 'shop.example/orders'), [
      'account-disabled',
      401,
    ]);
    assert.deepEqual(await refusal('--account', 'clerk', ...namespace, 'bank.example/'), [
      'namespace-unauthorized',
      403,
    ]);
    assert.deepEqual(await refusal('--account', 'clerk', '--method', 'POST', 'shop.example/orders'), [
      'http-method-unauthorized',
      403,
    ]);
    assert.deepEqual(await refusal('--account', 'clerk', 'shop.example/'), ['route-not-found', 404]);
    assert.deepEqual(await refusal('--account', 'clerk', 'shop.example/orders/../x'), [
      'path-ambiguous',
      400,
    ]);
    assert.deepEqual(await refusal('--jwt', '-', 'shop.example/orders'), ['user-ok', 403]);
  });

  test('a JWT is verified, and one that is given as an argument is refused', async () => {
    const { code, stdout } = await run(
      ['explain', '--jwt', '-', '-o', 'json', 'shop.example/orders'],
      `${jwt.slice(0, -4)}AAAA`,
    );
    assert.equal(code, 0);
    assert.equal(Explained.parse(JSON.parse(stdout)).caller?.refused, 'token-invalid');
    for (const header of [
      `X-Pomerium-Authorization: ${jwt}`,
      `authorization: Pomerium ${jwt}`,
      `Authorization: bearer pomerium-${jwt}`,
    ]) {
      const refused = await run(['explain', '--header', header, 'shop.example/orders']);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /pass a JWT with --jwt FILE/);
      assert.ok(!refused.stderr.includes(jwt));
    }
  });

  test('of an account that is not there is an error', async () => {
    const { code, stderr } = await run(['explain', '--account', 'nobody', 'shop.example/']);
    assert.equal(code, 1);
    assert.match(stderr, /there is no service account nobody: see sallyport sa list/);
  });
});
