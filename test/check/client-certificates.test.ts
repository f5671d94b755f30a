import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { check } from '../../src/check/check.ts';
import { explain } from '../../src/explain/explain.ts';
import { createClientCertificateReader } from '../../src/policy/client-certificate-reader.ts';
import { buildSnapshot, type SnapshotSettings } from '../../src/snapshot/snapshot.ts';
import { describe as describeDecision, requestOf, World } from '../support/check-world.ts';
import { CA_EXTENSIONS, CertificateMaker } from '../support/make-certificate.ts';

const maker = new CertificateMaker();
const root = maker.make({ name: 'root', extensions: CA_EXTENSIONS });
const good = maker.make({
  name: 'good',
  issuer: 'root',
  extensions: ['subjectAltName=DNS:good.example.com'],
});
const stranger = maker.make({ name: 'stranger' });

let world: World;
before(async () => {
  world = await World.open(`
kind: Policy
id: everyone
namespace: global
ppl: {allow: {or: [{accept: true}]}}
---
kind: Policy
id: only-good
namespace: global
ppl: {allow: {or: [{client_certificate: {san_dns: good.example.com}}]}}
---
kind: Policy
id: somebody
namespace: global
ppl: {allow: {or: [{authenticated_user: true}]}}
---
{kind: Route, id: open, namespace: global, path: {prefix: /open}, policies: [everyone]}
---
{kind: Route, id: good, namespace: global, path: {prefix: /good}, policies: [only-good]}
---
{kind: Route, id: private, namespace: global, path: {prefix: /private}, policies: [somebody]}
---
{kind: Route, id: none, namespace: global, path: {prefix: /none}}
`);
});
after(async () => {
  await world.close();
  maker.remove();
});

const REQUIRED: SnapshotSettings = { verifiesClientCertificates: true, requiresClientCertificates: true };
const BY_POLICY: SnapshotSettings = { verifiesClientCertificates: true };

async function partsWith(settings: SnapshotSettings) {
  const snapshot = buildSnapshot(await world.store.snapshot(), settings);
  const readClientCertificate = createClientCertificateReader(root);
  return { ...world.parts, snapshot: () => snapshot, settings: { ...world.settings, readClientCertificate } };
}

const requestWith = (path: string, certificate: string | undefined) => ({
  ...requestOf({ host: 'a.example.com', path }),
  peerCertificate: certificate && encodeURIComponent(certificate),
});

async function answer(
  settings: SnapshotSettings,
  path: string,
  certificate: string | undefined,
): Promise<string> {
  return describeDecision(await check(await partsWith(settings), requestWith(path, certificate)));
}

const MISSING = 'client-certificate: client-certificate-required';
const INVALID = 'client-certificate: invalid-client-certificate';

describe('with a CA, as Pomerium does by default', () => {
  const CASES: [string, string, string | undefined, string][] = [
    ['who presents none is refused, even where a policy admits everybody', '/open', undefined, MISSING],
    ['who presents one that does not verify is refused', '/open', stranger, INVALID],
    ['who presents something unreadable is refused', '/open', 'unexpected-response', INVALID],
    ['who presents a good one is judged by the policies', '/open', good, 'allow: accept'],
    ['a policy on the certificate sees a good one', '/good', good, 'allow: client-certificate-ok'],
    ['a caller is asked for a certificate before a credential', '/private', undefined, MISSING],
    ['then for a credential', '/private', good, 'unauthenticated: user-unauthenticated'],
    ['a route without a policy asks for it too', '/none', undefined, MISSING],
    ['a route that is not there is not found first', '/nowhere', undefined, 'not-found: route-not-found'],
  ];
  for (const [rule, path, certificate, expected] of CASES)
    it(rule, async () => assert.equal(await answer(REQUIRED, path, certificate), expected));

  it('the refusal says by which built-in policy it came, and what would help', async () => {
    const decision = await check(await partsWith(REQUIRED), requestWith('/open', undefined));
    assert.equal(decision.policy?.id, 'built-in.client-certificate');
    assert.match(decision.policy?.remediation ?? '', /client certificate/);
    const { policies } = await explain(await partsWith(REQUIRED), requestWith('/open', undefined));
    assert.deepEqual(policies[0]?.applies, [{ as: 'enforced', namespace: 'global' }]);
  });
});

describe('with a CA, where it is left to the policies', () => {
  const CASES: [string, string, string | undefined, string][] = [
    ['nobody is asked for a certificate that no policy asks for', '/open', undefined, 'allow: accept'],
    ['nor does a bad one matter', '/open', stranger, 'allow: accept'],
    // The certificate criterion alone does not verify, as in Pomerium: a deny on invalid_client_certificate does.
    ['one that fits a policy is let in', '/good', good, 'allow: client-certificate-ok'],
    ['one that does not is not', '/good', stranger, 'forbidden: client-certificate-unauthorized'],
  ];
  for (const [rule, path, certificate, expected] of CASES)
    it(rule, async () => assert.equal(await answer(BY_POLICY, path, certificate), expected));
});

describe('without a CA', () => {
  it('a policy on certificates can not be used, and fails what it judges; others go on', async () => {
    const settings: SnapshotSettings = { verifiesClientCertificates: false };
    const parts = await partsWith(settings);
    await assert.rejects(async () => check(parts, requestWith('/good', good)), /no client_ca is configured/);
    assert.equal(await answer(settings, '/open', undefined), 'allow: accept');
    assert.deepEqual(parts.snapshot().faults, [
      {
        kind: 'policy',
        id: 'only-good',
        problem: 'policy only-good uses client certificates, and no client_ca is configured',
      },
    ]);
  });
});
