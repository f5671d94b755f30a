import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { check } from '../../src/check/check.ts';
import type { CheckRequest } from '../../src/check/check-request.ts';
import { requestAddress } from '../../src/check/policy-input.ts';
import { describe as describeDecision, requestOf, World } from '../support/check-world.ts';

let world: World;
before(async () => {
  world = await World.open(`
kind: Policy
id: no-lab
namespace: global
ppl:
  - deny: {or: [{source_ip: [10.9.0.0/16, "fe80::/10", "2001:db8::/32"]}]}
  - allow: {or: [{accept: true}]}
---
{kind: Policy, id: everyone, namespace: global, ppl: {allow: {or: [{accept: true}]}}}
---
{kind: Policy, id: shadow, namespace: global, mode: shadow, ppl: {deny: {or: [{source_ip: 10.9.0.0/16}]}}}
---
{kind: Route, id: guarded, namespace: global, path: {prefix: /guarded}, policies: [no-lab]}
---
{kind: Route, id: open, namespace: global, path: {prefix: /open}, policies: [everyone, shadow]}
`);
});
after(() => world.close());

type From = 'peer' | 'x-envoy-external-address';

function ask(from: From, path: string, address: string | readonly string[] | undefined) {
  const external = address === undefined ? {} : { 'x-envoy-external-address': address };
  const request: CheckRequest = {
    ...requestOf({ host: 'a.example.com', path, headers: from === 'peer' ? {} : external }),
    peerAddress: from === 'peer' && typeof address === 'string' ? address : undefined,
  };
  const parts = { ...world.parts, settings: { ...world.settings, sourceIp: from } };
  return async () => describeDecision(await check(parts, request));
}

for (const from of ['peer', 'x-envoy-external-address'] as const)
  describe(`the address that source_ip looks at, ${from}`, () => {
    for (const address of [
      '10.9.1.2',
      '::ffff:10.9.1.2',
      '2001:db8::1',
      'fe80::1',
      'fe80::1%eth0',
      'FE80::1%25eth0',
    ])
      it(`${address} is refused where the policy names it`, async () =>
        assert.equal(await ask(from, '/guarded', address)(), 'forbidden: source-ip-ok'));

    for (const address of ['10.8.1.2', '::ffff:10.8.1.2', '::1'])
      it(`${address} is let in where the policy names others`, async () =>
        assert.equal(await ask(from, '/guarded', address)(), 'allow: accept'));

    for (const address of [undefined, '', 'somewhere', '10.9.1', '10.9.1.2:80', '10.9.1.2, 10.8.0.1'])
      it(`${address === undefined ? 'none' : JSON.stringify(address)} is a failure where a policy looks at it, so that no deny is got around`, async () => {
        await assert.rejects(ask(from, '/guarded', address), /a policy uses source_ip/);
        assert.equal(await ask(from, '/open', address)(), 'allow: accept');
      });
  });

describe('x-envoy-external-address', () => {
  it('is a failure where the request has it twice', () =>
    assert.rejects(
      ask('x-envoy-external-address', '/guarded', ['10.8.0.1', '10.8.0.2']),
      /does not have one x-envoy-external-address from Envoy/,
    ));

  it('is what the client wrote, and does not count, if Envoy calls the client internal', async () => {
    const headers = { 'x-envoy-external-address': '10.8.0.1', 'x-envoy-internal': 'true' };
    const request = requestOf({ host: 'a.example.com', path: '/guarded', headers });
    assert.equal(requestAddress(request, 'x-envoy-external-address'), undefined);
    const parts = {
      ...world.parts,
      settings: { ...world.settings, sourceIp: 'x-envoy-external-address' as const },
    };
    await assert.rejects(
      async () => check(parts, request),
      /does not have one x-envoy-external-address from Envoy/,
    );
  });

  it('does not count where the peer is asked for, nor the peer where it is', () => {
    const request = {
      ...requestOf({ host: 'a', headers: { 'x-envoy-external-address': '10.0.0.1' } }),
      peerAddress: '10.0.0.2',
    };
    assert.equal(requestAddress(request, 'peer'), '10.0.0.2');
    assert.equal(requestAddress(request, 'x-envoy-external-address'), '10.0.0.1');
    assert.equal(
      requestAddress({ ...request, headers: requestOf({ host: 'a' }).headers }, 'x-envoy-external-address'),
      undefined,
    );
  });
});
