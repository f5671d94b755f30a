import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Decision } from '../../src/check/decision.ts';
import { PolicyFault } from '../../src/snapshot/policy-set.ts';
import type { TokenVerdict } from '../../src/tokens/token-verifier.ts';
import { type Ask, assertionOf, NOW, requestOf, describe as say, World } from '../support/check-world.ts';
import { tokenOf } from '../support/records.ts';

const RESOURCES = `
kind: Namespace
id: global
default_policies: [everybody]
---
kind: Namespace
id: team-a
parent: global
hosts: [a.com, '*.a.com']
default_policies: [any-account]
---
kind: Namespace
id: a-jobs
parent: team-a
---
kind: Namespace
id: team-b
parent: global
hosts: [b.com, '*.b.com']
---
kind: Namespace
id: lenient
parent: global
hosts: [observed.com]
enforcement: observe
---
kind: Namespace
id: guarded
parent: global
hosts: [guarded.com, '*.guarded.com']
---
{ kind: Policy, id: everybody, namespace: global, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Policy, id: nobody, namespace: global, ppl: { allow: { or: [reject: true] } } }
---
{ kind: Policy, id: says-nothing, namespace: global, ppl: { allow: { or: [] } } }
---
{ kind: Policy, id: any-account, namespace: global, ppl: { allow: { or: [authenticated_user: true] } } }
---
{ kind: Policy, id: only-ann, namespace: global, explanation: Ann alone., ppl: { allow: { or: [user: { is: ann }] } } }
---
{ kind: Policy, id: not-ann, namespace: global, ppl: { deny: { or: [user: { is: ann }] } } }
---
{ kind: Policy, id: unless-ann, namespace: global, ppl: { allow: { not: [user: { is: ann }] } } }
---
{ kind: Policy, id: only-get, namespace: global, ppl: { allow: { or: [http_method: { is: GET }] } } }
---
{ kind: Policy, id: no-post, namespace: global, ppl: { deny: { or: [http_method: { is: POST }] } } }
---
{ kind: Policy, id: public-path, namespace: global, ppl: { allow: { or: [http_path: { starts_with: /public }] } } }
---
{ kind: Policy, id: wants-certificate, namespace: global, ppl: { deny: { or: [invalid_client_certificate: true] } } }
---
{ kind: Policy, id: shadow-deny, namespace: global, mode: shadow, ppl: { deny: { or: [accept: true] } } }
---
{ kind: Policy, id: shadow-allow, namespace: global, mode: shadow, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Policy, id: shadow-path, namespace: global, mode: shadow, ppl: { deny: { or: [http_path: { starts_with: / }] } } }
---
{ kind: Policy, id: guard, namespace: guarded, enforced: true, ppl: { deny: { or: [http_method: { is: DELETE }] } } }
---
{ kind: Policy, id: guard-allows, namespace: guarded, enforced: true, ppl: { allow: { or: [http_method: { is: OPTIONS }] } } }
---
{ kind: Route, id: open, namespace: team-a, hosts: [open.a.com], policies: [everybody] }
---
{ kind: Route, id: closed, namespace: team-a, hosts: [closed.a.com], policies: [nobody] }
---
{ kind: Route, id: silent, namespace: team-a, hosts: [silent.a.com], policies: [says-nothing] }
---
{ kind: Route, id: bare, namespace: team-a, hosts: [bare.a.com] }
---
{ kind: Route, id: members, namespace: team-a, hosts: [members.a.com], policies: [any-account] }
---
{ kind: Route, id: ann, namespace: team-a, hosts: [ann.a.com], policies: [only-ann] }
---
{ kind: Route, id: ann-or-get, namespace: team-a, hosts: [ann-or-get.a.com], policies: [only-ann, only-get] }
---
{ kind: Route, id: all-but-ann, namespace: team-a, hosts: [all-but-ann.a.com], policies: [everybody, not-ann] }
---
{ kind: Route, id: negated, namespace: team-a, hosts: [negated.a.com], policies: [unless-ann] }
---
{ kind: Route, id: get, namespace: team-a, hosts: [get.a.com], policies: [only-get] }
---
{ kind: Route, id: no-post, namespace: team-a, hosts: [no-post.a.com], policies: [everybody, no-post] }
---
{ kind: Route, id: public, namespace: team-a, hosts: [public.a.com], policies: [public-path] }
---
{ kind: Route, id: public-kept, namespace: team-a, hosts: [kept.a.com], policies: [public-path], encoded_slash: keep }
---
{ kind: Route, id: public-params, namespace: team-a, hosts: [params.a.com], policies: [public-path], path_parameters: keep }
---
{ kind: Route, id: by-path, namespace: team-a, hosts: [by-path.a.com], path: { prefix: /x }, policies: [everybody] }
---
{ kind: Route, id: certificate, namespace: team-a, hosts: [certificate.a.com], policies: [everybody, wants-certificate] }
---
{ kind: Route, id: certificate-ann, namespace: team-a, hosts: [certificate-ann.a.com], policies: [only-ann, wants-certificate] }
---
{ kind: Route, id: shadow-denied, namespace: team-a, hosts: [shadow-denied.a.com], policies: [everybody, shadow-deny] }
---
{ kind: Route, id: shadow-allowed, namespace: team-a, hosts: [shadow-allowed.a.com], policies: [nobody, shadow-allow] }
---
{ kind: Route, id: shadow-only, namespace: team-a, hosts: [shadow-only.a.com], policies: [shadow-allow] }
---
{ kind: Route, id: shadow-pathed, namespace: team-a, hosts: [shadow-pathed.a.com], policies: [everybody, shadow-path] }
---
{ kind: Route, id: b-open, namespace: team-b, hosts: [b.com], policies: [everybody] }
---
{ kind: Route, id: b-members, namespace: team-b, hosts: [members.b.com], policies: [any-account] }
---
{ kind: Route, id: jobs, namespace: a-jobs, hosts: [jobs.a.com], policies: [any-account] }
---
{ kind: Route, id: top, namespace: global, hosts: [top.com], policies: [any-account] }
---
{ kind: Route, id: observed, namespace: lenient, hosts: [observed.com], path: { prefix: /x }, policies: [only-ann] }
---
{ kind: Route, id: guarded, namespace: guarded, hosts: [guarded.com], policies: [everybody] }
---
{ kind: Route, id: guarded-bare, namespace: guarded, hosts: [bare.guarded.com] }
---
{ kind: ServiceAccount, id: ann, namespace: team-a, user_id: ann }
---
{ kind: ServiceAccount, id: bob, namespace: team-a, user_id: bob }
---
{ kind: ServiceAccount, id: berta, namespace: team-b, user_id: berta }
---
{ kind: ServiceAccount, id: gus, namespace: global, user_id: gus }
---
{ kind: ServiceAccount, id: job, namespace: a-jobs, user_id: job }
---
{ kind: ServiceAccount, id: gone, namespace: team-a, user_id: gone, disabled: true }
---
{ kind: ServiceAccount, id: late, namespace: team-a, user_id: late, expires_at: '2026-06-01T12:00:00Z' }
---
{ kind: ServiceAccount, id: ann-observed, namespace: lenient, user_id: ann-observed }
---
{ kind: ServiceAccount, id: greta, namespace: guarded, user_id: greta }
---
{ kind: ServiceAccount, id: old, namespace: team-a, user_id: old, pomerium: true }
`;

let world: World;
before(async () => {
  world = await World.open(RESOURCES);
  for (const id of ['ann', 'bob', 'berta', 'gus', 'job', 'gone', 'late', 'ann-observed', 'greta'])
    await world.addCredential(id, id);
  await world.addCredential('bob-revoked', 'bob', { revoked_at: '2026-05-01T00:00:00Z' });
  await world.addCredential('bob-admin', 'bob', { purpose: 'admin' });
  world.tokens.set('old', tokenOf({ issuance: 'pomerium', credential: 'old', account: 'old', user: 'old' }));
  world.tokens.set('unknown', tokenOf({ credential: 'c-unknown', account: 'bob', user: 'bob' }));
  world.tokens.set('expired', { refused: 'token-expired', detail: 'it expired' });
  world.tokens.set('early', { refused: 'token-not-yet-valid', detail: 'it is early' });
});
after(() => world.close());

/** A credential of each way of not counting, and the reason for it. */
const BAD: Readonly<Record<string, string>> = {
  'not-a-token': 'token-invalid',
  '': 'token-invalid',
  expired: 'token-expired',
  early: 'token-not-yet-valid',
  unknown: 'token-revoked',
  'bob-revoked': 'token-revoked',
  'bob-admin': 'token-revoked',
  gone: 'account-disabled',
  late: 'account-expired',
};

describe('each row of the decision table', () => {
  const rows: [what: string, ask: Ask, answer: string][] = [
    ['no such route', { host: 'nowhere.com' }, 'not-found: route-not-found'],
    [
      'no such route, with a good credential',
      { host: 'nowhere.com', token: 'bob' },
      'not-found: route-not-found',
    ],
    [
      'no such route, with a bad credential',
      { host: 'nowhere.com', token: 'expired' },
      'not-found: route-not-found',
    ],
    [
      'no such route id',
      { host: 'open.a.com', ext: { 'sallyport.route_id': 'x' } },
      'not-found: route-not-found',
    ],
    ['a host that is none', { host: '..' }, 'host-invalid: host-invalid'],
    ['no route, before an ambiguous path', { host: 'nowhere.com', path: '//' }, 'not-found: route-not-found'],
    [
      'an ambiguous path where a route goes by it',
      { host: 'by-path.a.com', path: '/x/..' },
      'path-ambiguous: path-ambiguous',
    ],
    [
      'an ambiguous path where a policy goes by it',
      { host: 'public.a.com', path: '/public/..%2fx' },
      'path-ambiguous: path-ambiguous',
    ],
    [
      'an encoded slash where a policy goes by the path',
      { host: 'public.a.com', path: '/public%2fx' },
      'path-ambiguous: path-ambiguous',
    ],
    [
      'an encoded slash that the upstream keeps',
      { host: 'kept.a.com', path: '/public%2fx' },
      'allow: http-path-ok',
    ],
    [
      'a semicolon where a policy goes by the path',
      { host: 'kept.a.com', path: '/public;x' },
      'path-ambiguous: path-ambiguous',
    ],
    [
      'a semicolon that the upstream keeps',
      { host: 'params.a.com', path: '/public;x' },
      'allow: http-path-ok',
    ],
    [
      'a backslash, whatever the upstream keeps',
      { host: 'kept.a.com', path: '/public%5cx' },
      'path-ambiguous: path-ambiguous',
    ],
    ['an ambiguous path where nothing goes by it', { host: 'open.a.com', path: '//..%2f;' }, 'allow: accept'],
    [
      'an ambiguous path before a bad credential',
      { host: 'public.a.com', path: '//', token: 'expired' },
      'path-ambiguous: path-ambiguous',
    ],
    [
      'a client certificate required',
      { host: 'certificate.a.com' },
      'client-certificate: client-certificate-required',
    ],
    [
      'a client certificate before no credential',
      { host: 'certificate-ann.a.com' },
      'client-certificate: client-certificate-required',
    ],
    [
      'a client certificate before a bad credential',
      { host: 'certificate-ann.a.com', token: 'expired' },
      'client-certificate: client-certificate-required',
    ],
    [
      'a client certificate before scope',
      { host: 'certificate.a.com', token: 'berta' },
      'client-certificate: client-certificate-required',
    ],
    ['no credential', { host: 'members.a.com' }, 'unauthenticated: user-unauthenticated'],
    [
      'no credential, and a foreign Authorization',
      { host: 'members.a.com', headers: { authorization: 'Bearer x' } },
      'unauthenticated: user-unauthenticated',
    ],
    ['no credential where no policy is', { host: 'bare.a.com' }, 'unauthenticated: user-unauthenticated'],
    [
      'no credential where a policy denies a caller',
      { host: 'all-but-ann.a.com' },
      'unauthenticated: user-unauthenticated',
    ],
    [
      'no credential where a negation would allow',
      { host: 'negated.a.com' },
      'unauthenticated: user-unauthenticated',
    ],
    ['no credential, wanted by one policy of two', { host: 'ann-or-get.a.com' }, 'allow: http-method-ok'],
    [
      'no credential where a policy looks at none',
      { host: 'get.a.com', method: 'PUT' },
      'forbidden: http-method-unauthorized',
    ],
    ['no credential where a policy admits without', { host: 'open.a.com' }, 'allow: accept'],
    ['no credential where a policy rejects all', { host: 'closed.a.com' }, 'forbidden: reject'],
    [
      'a credential outside its namespace',
      { host: 'members.b.com', token: 'bob' },
      'forbidden: namespace-unauthorized',
    ],
    [
      'a credential outside its namespace that a policy names',
      { host: 'ann.a.com', token: 'berta' },
      'forbidden: namespace-unauthorized',
    ],
    ['a policy denies', { host: 'all-but-ann.a.com', token: 'ann' }, 'forbidden: user-ok'],
    ['a policy denies the request', { host: 'no-post.a.com', method: 'POST' }, 'forbidden: http-method-ok'],
    [
      'a policy denies the request of a good caller',
      { host: 'no-post.a.com', method: 'POST', token: 'bob' },
      'forbidden: http-method-ok',
    ],
    ['none allows', { host: 'ann.a.com', token: 'bob' }, 'forbidden: user-unauthorized'],
    ['there is no policy', { host: 'bare.a.com', token: 'bob' }, 'forbidden: no-policy'],
    ['a policy that says nothing', { host: 'silent.a.com', token: 'bob' }, 'forbidden: no-policy'],
    ['a policy allows', { host: 'ann.a.com', token: 'ann' }, 'allow: user-ok'],
    [
      'one policy of two allows',
      { host: 'ann-or-get.a.com', token: 'bob' },
      'allow: http-method-ok, user-unauthorized',
    ],
    ["Pomerium's token", { host: 'members.a.com', token: 'old' }, 'allow: user-ok'],
  ];
  for (const [what, ask, answer] of rows)
    test(`${what}: ${answer}`, () => {
      // Both sides' reasons are Pomerium's affair (test/policy); here the deciding one counts.
      const [row, first] = world.answer(ask).split(/: |, /);
      const [expectedRow, expectedFirst] = answer.split(/: |, /);
      assert.equal(`${row}: ${first}`, `${expectedRow}: ${expectedFirst}`);
    });

  for (const [token, reason] of Object.entries(BAD))
    test(`a credential that does not count (${token || 'empty'}): ${reason}`, () => {
      assert.equal(world.answer({ host: 'members.a.com', token }), `unauthenticated: ${reason}`);
      assert.equal(world.answer({ host: 'ann.a.com', token }), `unauthenticated: ${reason}`);
      assert.equal(world.answer({ host: 'bare.a.com', token }), `unauthenticated: ${reason}`);
      assert.equal(world.answer({ host: 'closed.a.com', token }), `unauthenticated: ${reason}`);
      assert.equal(
        world.answer({ host: 'no-post.a.com', method: 'POST', token }),
        `unauthenticated: ${reason}`,
      );
    });
});

describe('where everybody is admitted, a credential that is bad or out of scope is judged as none', () => {
  for (const token of [...Object.keys(BAD), 'berta'])
    test(`${token || 'empty'}: admitted, as nobody`, () => {
      const decision = world.decide({ host: 'open.a.com', token });
      assert.equal(decision.verdict, 'allow');
      assert.ok(decision.verdict === 'allow' && !decision.authenticated);
      assert.equal(decision.assertion, undefined);
      assert.equal(decision.scheme, 'x-pomerium-authorization');
    });

  test('a repeated credential is, too', () => {
    const headers = { 'x-pomerium-authorization': ['bob', 'bob'] };
    assert.equal(world.answer({ host: 'open.a.com', headers }), 'allow: accept');
    assert.equal(world.answer({ host: 'members.a.com', headers }), 'unauthenticated: token-invalid');
  });

  test('and a negation about callers does not admit it', () => {
    assert.equal(
      world.answer({ host: 'negated.a.com', token: 'berta' }),
      'forbidden: namespace-unauthorized',
    );
    assert.equal(world.answer({ host: 'negated.a.com', token: 'expired' }), 'unauthenticated: token-expired');
    assert.equal(world.answer({ host: 'negated.a.com', token: 'bob' }), 'allow: user-unauthorized');
  });

  test('and a good one in scope counts', () => {
    const decision = world.decide({ host: 'open.a.com', token: 'bob' });
    assert.ok(decision.verdict === 'allow' && decision.authenticated);
    assert.equal(decision.assertion?.jwt, 'bob@open.a.com');
    assert.equal(decision.caller?.userId, 'bob');
  });
});

describe('an account is usable in its own namespace and those below, and nowhere else', () => {
  const rows: [account: string, admitted: string[]][] = [
    ['bob', ['members.a.com', 'jobs.a.com']],
    ['job', ['jobs.a.com']],
    ['berta', ['members.b.com']],
    ['gus', ['members.a.com', 'jobs.a.com', 'members.b.com', 'top.com']],
  ];
  for (const [token, admitted] of rows)
    test(`${token}: ${admitted.join(', ')}`, () => {
      for (const host of ['members.a.com', 'jobs.a.com', 'members.b.com', 'top.com'])
        assert.equal(
          world.answer({ host, token }),
          admitted.includes(host) ? 'allow: user-ok' : 'forbidden: namespace-unauthorized',
          host,
        );
    });

  test('whichever way the request came to belong where it does', () => {
    const ext = (namespace: string) => ({ 'sallyport.namespace': namespace });
    assert.equal(world.answer({ host: 'x.com', ext: ext('team-a'), token: 'bob' }), 'allow: user-ok');
    assert.equal(
      world.answer({ host: 'x.com', ext: ext('team-a'), token: 'berta' }),
      'forbidden: namespace-unauthorized',
    );
    assert.equal(world.answer({ host: 'x.com', ext: ext('global'), token: 'bob' }), 'allow: accept');
    const metadata = { namespace: 'team-b', policies: ['any-account'] };
    assert.equal(world.answer({ host: 'x.com', metadata, token: 'berta' }), 'allow: user-ok');
    assert.equal(
      world.answer({ host: 'x.com', metadata, token: 'bob' }),
      'forbidden: namespace-unauthorized',
    );
  });
});

describe('the policies of a request', () => {
  test('a namespace without a route is judged by its default ones', () => {
    const ext = (namespace: string) => ({ 'sallyport.namespace': namespace });
    assert.equal(world.answer({ host: 'x.com', ext: ext('global') }), 'allow: accept');
    assert.equal(
      world.answer({ host: 'x.com', ext: ext('team-a') }),
      'unauthenticated: user-unauthenticated',
    );
    // Those are not inherited.
    assert.equal(world.answer({ host: 'x.com', ext: ext('team-b'), token: 'berta' }), 'forbidden: no-policy');
  });

  test('metadata may name others in their place, but none of another branch and none that is not', () => {
    const ask = (...policies: string[]): Ask => ({
      host: 'x.com',
      metadata: { namespace: 'team-a', policies },
    });
    assert.equal(world.answer(ask('everybody')), 'allow: accept');
    assert.equal(world.answer({ ...ask(), token: 'bob' }), 'forbidden: no-policy');
    assert.throws(() => world.decide(ask('guard')), PolicyFault);
    assert.throws(() => world.decide(ask('everybody', 'no-such-policy')), PolicyFault);
  });

  test("a route's own, or else none: not the default ones of its namespace", () =>
    assert.equal(world.answer({ host: 'bare.a.com', token: 'bob' }), 'forbidden: no-policy'));

  test('and those that are enforced here and above, together with them', () => {
    assert.equal(world.answer({ host: 'guarded.com' }), 'allow: accept');
    assert.equal(world.answer({ host: 'guarded.com', method: 'DELETE' }), 'forbidden: http-method-ok');
    assert.equal(world.answer({ host: 'bare.guarded.com', method: 'OPTIONS' }), 'allow: http-method-ok');
    assert.equal(
      world.answer({
        host: 'x.com',
        ext: { 'sallyport.namespace': 'guarded' },
        method: 'DELETE',
        token: 'greta',
      }),
      'forbidden: http-method-ok',
    );
    const { policy } = world.decide({ host: 'guarded.com', method: 'DELETE' });
    assert.equal(policy?.id, 'guard');
  });

  test('an enforced deny above goes before an allow on the route', async () => {
    const other = await World.open(`
{ kind: Policy, id: lock, namespace: global, enforced: true, ppl: { deny: { or: [http_method: { is: POST }] } } }
---
{ kind: Policy, id: everybody, namespace: team, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Namespace, id: team, parent: global, hosts: [a.com] }
---
{ kind: Namespace, id: below, parent: team }
---
{ kind: Route, id: open, namespace: below, hosts: [a.com], policies: [everybody] }
`);
    try {
      assert.equal(other.answer({ host: 'a.com' }), 'allow: accept');
      assert.equal(other.answer({ host: 'a.com', method: 'POST' }), 'forbidden: http-method-ok');
      await other.apply(
        '{ kind: Policy, id: lock, namespace: global, enforced: true, mode: shadow, ppl: { deny: { or: [http_method: { is: POST }] } } }',
      );
      assert.equal(other.answer({ host: 'a.com', method: 'POST' }), 'allow: accept');
    } finally {
      await other.close();
    }
  });
});

describe('shadow policies are evaluated and never decide', () => {
  const shadowOf = (ask: Ask) => world.decide(ask).shadow?.outcome;

  test('a shadow denial denies nothing', () => {
    assert.equal(world.answer({ host: 'shadow-denied.a.com' }), 'allow: accept');
    assert.equal(shadowOf({ host: 'shadow-denied.a.com' }), 'deny');
  });
  test('a shadow allowance admits nobody', () => {
    assert.equal(world.answer({ host: 'shadow-allowed.a.com', token: 'bob' }), 'forbidden: reject');
    assert.equal(shadowOf({ host: 'shadow-allowed.a.com', token: 'bob' }), 'allow');
    assert.equal(world.answer({ host: 'shadow-only.a.com', token: 'bob' }), 'forbidden: no-policy');
    assert.equal(world.answer({ host: 'shadow-only.a.com' }), 'unauthenticated: user-unauthenticated');
  });
  test('one that uses the path refuses no ambiguous path, and is not evaluated for one', () => {
    const tooLong = `/${'a'.repeat(5000)}`;
    for (const path of ['//..', tooLong]) {
      const ask = { host: 'shadow-pathed.a.com', path };
      assert.equal(world.answer(ask), 'allow: accept');
      const { outcome, reasons } = world.decide(ask).shadow ?? {};
      assert.deepEqual([outcome, reasons], ['deny', ['path-ambiguous']]);
    }
    assert.equal(shadowOf({ host: 'shadow-pathed.a.com', path: '/a' }), 'deny');
  });
  test('and where there is none nothing is said', () =>
    assert.equal(shadowOf({ host: 'open.a.com' }), undefined));
  test('one that can not be used fails nothing, and is reported', async () => {
    const other = await World.open(`
{ kind: Policy, id: everybody, namespace: global, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Policy, id: tried, namespace: global, enforced: true, mode: shadow, ppl: { deny: { or: [invalid_client_certificate: true] } } }
---
{ kind: Route, id: open, namespace: global, hosts: [a.com], policies: [everybody] }
`);
    try {
      other.verifiesClientCertificates = false;
      // Made anew, as at start: nothing compiled before counts.
      await other.apply(
        '{ kind: Policy, id: tried, namespace: global, enforced: true, mode: shadow, description: again, ppl: { deny: { or: [invalid_client_certificate: true] } } }',
      );
      assert.equal(other.snapshot.faults.length, 1);
      assert.equal(other.answer({ host: 'a.com' }), 'allow: accept');
    } finally {
      await other.close();
    }
  });
});

describe('observe', () => {
  test('says so with every decision, which is worked out all the same, and makes no assertion', () => {
    const decision = world.decide({ host: 'observed.com', path: '/x' });
    assert.equal(say(decision), 'unauthenticated: user-unauthenticated');
    assert.equal(decision.enforcement, 'observe');
    assert.equal(world.decide({ host: 'observed.com', path: '/other' }).enforcement, 'observe');
    assert.equal(world.decide({ host: 'observed.com', path: '//' }).enforcement, 'observe');
    assert.equal(world.decide({ host: 'open.a.com' }).enforcement, 'enforce');
  });

  test('for the whole sidecar goes before what namespaces say', () => {
    world.enforcement = 'observe';
    try {
      for (const host of ['members.a.com', 'nowhere.com', '', 'observed.com'])
        assert.equal(world.decide({ host, token: 'bob' }).enforcement, 'observe');
      const decision = world.decide({ host: 'members.a.com', token: 'bob' });
      assert.ok(decision.verdict === 'allow' && decision.authenticated && decision.assertion === undefined);
    } finally {
      world.enforcement = 'enforce';
    }
  });

  test('in global holds for what belongs to nobody, a host that is none among it', async () => {
    const other = await World.open('{ kind: Namespace, id: global, enforcement: observe }');
    try {
      for (const host of ['nowhere.com', '..']) assert.equal(other.decide({ host }).enforcement, 'observe');
    } finally {
      await other.close();
    }
  });
});

describe('the assertion', () => {
  const jwtOf = (ask: Ask) => {
    const decision = world.decide(ask);
    return decision.verdict === 'allow' ? decision.assertion?.jwt : 'denied';
  };
  test('names the caller to the host', () =>
    assert.equal(jwtOf({ host: 'Ann.A.com:443', token: 'ann' }), 'ann@ann.a.com'));
  test('is not made for nobody', () => assert.equal(jwtOf({ host: 'open.a.com' }), undefined));
  test('is waited for where it must be made', async () => {
    const { assertionFor } = world;
    world.assertionFor = async () => assertionOf('made');
    try {
      const decision = world.check({ host: 'ann.a.com', token: 'ann' });
      assert.ok(decision instanceof Promise);
      const made = await decision;
      assert.ok(made.verdict === 'allow' && made.assertion?.jwt === 'made');
      world.assertionFor = () => Promise.reject(new Error('no key'));
      await assert.rejects(async () => world.check({ host: 'ann.a.com', token: 'ann' }), /no key/);
      assert.equal(say(world.decide({ host: 'ann.a.com', token: 'bob' })), 'forbidden: user-unauthorized');
    } finally {
      world.assertionFor = assertionFor;
    }
  });
});

describe('a fault is never a denial', () => {
  test('a store that can not be asked rejects', async () => {
    const parts = { ...world.parts, callers: { resolve: () => Promise.reject(new Error('out of reach')) } };
    const { check } = await import('../../src/check/check.ts');
    await assert.rejects(
      async () => check(parts, requestOf({ host: 'members.a.com', token: 'bob' })),
      /out of reach/,
    );
    // Not even where everybody is admitted: whose request it was is not known.
    await assert.rejects(
      async () => check(parts, requestOf({ host: 'open.a.com', token: 'bob' })),
      /out of reach/,
    );
  });

  test('a policy that can not be used fails whatever it judges, and only that', async () => {
    const other = await World.open(`
{ kind: Policy, id: everybody, namespace: global, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Namespace, id: a, parent: global, hosts: [a.com, x.a.com] }
---
{ kind: Policy, id: broken, namespace: a, ppl: { allow: { or: [accept: true] } } }
---
{ kind: Route, id: one, namespace: a, hosts: [a.com], policies: [everybody, broken] }
---
{ kind: Route, id: two, namespace: a, hosts: [x.a.com], policies: [everybody] }
---
{ kind: Route, id: three, namespace: global, hosts: [b.com], policies: [everybody] }
`);
    const policy = { id: 'broken', namespace: 'a', enforced: false, ppl: { allow: 'all' } };
    const outcomes = () =>
      ['a.com', 'x.a.com', 'b.com'].map((host) => {
        try {
          return other.answer({ host });
        } catch (error) {
          assert.ok(error instanceof PolicyFault);
          return 'fault';
        }
      });
    try {
      await other.write({ kind: 'policy', id: 'broken' }, policy);
      assert.deepEqual(outcomes(), ['fault', 'allow: accept', 'allow: accept']);
      await other.write({ kind: 'policy', id: 'broken' }, { ...policy, enforced: true });
      assert.deepEqual(outcomes(), ['fault', 'fault', 'allow: accept']);
      // From a newer version, say: where it holds can still be told.
      await other.write({ kind: 'policy', id: 'broken' }, { ...policy, enforced: true, novelty: 1 });
      assert.deepEqual(outcomes(), ['fault', 'fault', 'allow: accept']);
      // Where it holds can't be told: everywhere.
      await other.write({ kind: 'policy', id: 'broken' }, 'garbage');
      assert.deepEqual(outcomes(), ['fault', 'fault', 'fault']);
      await other.write(
        { kind: 'policy', id: 'broken' },
        { ...policy, ppl: { allow: { or: [{ accept: true }] } } },
      );
      assert.deepEqual(outcomes(), ['allow: accept', 'allow: accept', 'allow: accept']);
      assert.deepEqual(other.snapshot.faults, []);
    } finally {
      await other.close();
    }
  });
});

describe('a warm check answers at once, and a cold one on what holds when it does', () => {
  test('every decision above was not a promise', () => {
    for (const token of ['ann', 'berta', 'gone', 'expired', undefined])
      for (const host of ['members.a.com', 'open.a.com', 'nowhere.com'])
        assert.ok(!(world.check({ host, ...(token === undefined ? {} : { token }) }) instanceof Promise));
  });

  /** Asks while the token is being verified, changes something, and lets the verification end. */
  async function during(ask: Ask, change: (world: World) => Promise<unknown>): Promise<Decision> {
    const other = await World.open(RESOURCES);
    try {
      await other.addCredential('bob', 'bob');
      const token = other.tokens.get('bob');
      assert.ok(token);
      let release: (verdict: TokenVerdict) => void = () => {};
      other.tokens.set(
        'bob',
        new Promise((resolve) => {
          release = resolve;
        }),
      );
      const deciding = other.check({ ...ask, token: 'bob' });
      assert.ok(deciding instanceof Promise);
      await change(other);
      release(await token);
      return await deciding;
    } finally {
      await other.close();
    }
  }

  test('a route that was changed meanwhile', async () => {
    const decision = await during({ host: 'members.a.com' }, (other) =>
      other.apply(
        '{ kind: Route, id: members, namespace: team-a, hosts: [members.a.com], policies: [nobody] }',
      ),
    );
    assert.equal(say(decision), 'forbidden: reject');
  });
  test('a route that was moved elsewhere meanwhile', async () => {
    const decision = await during({ host: 'members.a.com' }, (other) =>
      other.apply(
        '{ kind: Route, id: members, namespace: team-a, hosts: [elsewhere.a.com], policies: [any-account] }',
      ),
    );
    assert.equal(say(decision), 'not-found: route-not-found');
    assert.equal(decision.binding, undefined);
  });
  test('an account that was moved meanwhile', async () => {
    const decision = await during({ host: 'members.a.com' }, (other) =>
      other.apply('{ kind: ServiceAccount, id: bob, namespace: a-jobs, user_id: bob }'),
    );
    assert.equal(say(decision), 'forbidden: namespace-unauthorized');
  });
  test('an account that was disabled meanwhile', async () => {
    const decision = await during({ host: 'members.a.com' }, (other) =>
      other.apply('{ kind: ServiceAccount, id: bob, namespace: team-a, user_id: bob, disabled: true }'),
    );
    assert.equal(say(decision), 'unauthenticated: account-disabled');
  });
  test('nothing that changed', async () =>
    assert.equal(say(await during({ host: 'members.a.com' }, async () => {})), 'allow: user-ok'));
});

describe('moving things takes hold', () => {
  test('an account, its namespace, a route and a host', async () => {
    const other = await World.open(RESOURCES);
    try {
      for (const id of ['bob', 'job', 'berta']) await other.addCredential(id, id);
      const ask = { host: 'members.b.com', token: 'bob' };
      assert.equal(other.answer(ask), 'forbidden: namespace-unauthorized');
      await other.apply('{ kind: ServiceAccount, id: bob, namespace: team-b, user_id: bob }');
      assert.equal(other.answer(ask), 'allow: user-ok');
      assert.equal(
        other.answer({ host: 'members.a.com', token: 'bob' }),
        'forbidden: namespace-unauthorized',
      );

      // The account in team-b reaches what is moved below it.
      assert.equal(other.answer({ host: 'c.com', token: 'berta' }), 'not-found: route-not-found');
      await other.apply(
        '{ kind: Namespace, id: new, parent: global, hosts: [x.b.com] }\n---\n{ kind: Route, id: new, namespace: new, hosts: [x.b.com], policies: [any-account] }'.replaceAll(
          'x.b.com',
          'c.com',
        ),
      );
      assert.equal(other.answer({ host: 'c.com', token: 'berta' }), 'forbidden: namespace-unauthorized');
      await other.apply(
        '{ kind: Namespace, id: new, parent: team-b, hosts: [x.b.com] }\n---\n{ kind: Route, id: new, namespace: new, hosts: [x.b.com], policies: [any-account] }',
      );
      assert.equal(other.answer({ host: 'c.com', token: 'berta' }), 'not-found: route-not-found');
      assert.equal(other.answer({ host: 'x.b.com', token: 'berta' }), 'allow: user-ok');

      // A route that moves down is out of reach for what is beside.
      assert.equal(other.answer({ host: 'jobs.a.com', token: 'job' }), 'allow: user-ok');
      await other.apply(
        '{ kind: Route, id: jobs, namespace: team-a, hosts: [jobs.a.com], policies: [any-account] }',
      );
      assert.equal(other.answer({ host: 'jobs.a.com', token: 'job' }), 'forbidden: namespace-unauthorized');
    } finally {
      await other.close();
    }
  });
});

test('what expires does so by our clock, at the very moment', () => {
  const ask = { host: 'members.a.com', token: 'late' };
  try {
    world.now = NOW - 1;
    assert.equal(world.answer(ask), 'allow: user-ok');
    world.now = NOW;
    assert.equal(world.answer(ask), 'unauthenticated: account-expired');
  } finally {
    world.now = NOW;
  }
});

test('a denial by a policy names it, with what it says to a caller', () => {
  const decision = world.decide({ host: 'ann.a.com', token: 'bob' });
  assert.equal(decision.policy?.id, 'only-ann');
  assert.equal(decision.policy?.explanation, 'Ann alone.');
});

test('whose token it was is told after a good signature, let in or not, and never before', () => {
  for (const [token, user] of [
    ['bob', 'bob'],
    ['berta', 'berta'],
    ['gone', 'gone'],
    ['expired', undefined],
    ['unknown', undefined],
  ] as const)
    assert.equal(world.decide({ host: 'ann.a.com', token }).caller?.userId, user);
});
