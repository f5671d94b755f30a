import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Caller, createCaller } from '../../src/accounts/caller.ts';
import { DirectoryUser } from '../../src/accounts/directory-schema.ts';
import { Credential, ServiceAccount } from '../../src/accounts/service-account-schema.ts';
import { type CheckParts, check } from '../../src/check/check.ts';
import type { Decision } from '../../src/check/decision.ts';
import { decodeCheckRequest } from '../../src/envoy/decode-check-request.ts';
import { createResponseEncoder } from '../../src/envoy/encode-check-response.ts';
import {
  createClientCertificateReader,
  type ReadClientCertificate,
} from '../../src/policy/client-certificate-reader.ts';
import { compilePolicy } from '../../src/policy/compile-policy.ts';
import { PolicyFault } from '../../src/snapshot/policy-set.ts';
import { buildSnapshot } from '../../src/snapshot/snapshot.ts';
import { IDENTITY } from '../support/identity-settings.ts';
import { checkRequestBytes, readAnswer } from '../support/messages.ts';
import { client1, client2 } from '../support/policy-cases.ts';
import { tokenOf } from '../support/records.ts';
import { moreVectors, type Vector, vectors } from '../support/vector-input.ts';

/** Within the times of the vectors' certificates. */
const NOW = Date.parse('2026-12-01T00:00:00Z');
const CREATED = '2026-01-01T00:00:00Z';
const BAD_CERTIFICATE = ['client-certificate-required', 'invalid-client-certificate'];

const trusting = createClientCertificateReader(`${client1}${client2}`);
const distrusting = createClientCertificateReader(undefined);
const encode = createResponseEncoder({
  realm: 'test',
  ...IDENTITY,
  answersKept: 1,
  onClaimOmitted: () => undefined,
});

/** The decision that follows from what Pomerium's policy said; docs/policy.md. */
function expectedStatus({ expect }: Vector): number | 'failure' {
  if ('error' in expect) return 'failure';
  const { allow, deny } = expect;
  const has = (reasons: readonly string[], wanted: readonly string[]) =>
    reasons.some((each) => wanted.includes(each));
  if (has(deny.reasons, BAD_CERTIFICATE)) return 495;
  if (has([...allow.reasons, ...deny.reasons], ['user-unauthenticated'])) return 401;
  if (deny.value) return 403;
  if (allow.value) return 200;
  return has(allow.reasons, BAD_CERTIFICATE) ? 495 : 403;
}

/** The sidecar's parts with a store that holds one route, the vector's policy on it, and the vector's caller. */
function partsFor(vector: Vector): CheckParts {
  const policy = { id: 'vector', namespace: 'global', ppl: vector.ppl };
  const route = { id: 'route', namespace: 'global', policies: ['vector'] };
  const snapshot = buildSnapshot(
    {
      position: { epoch: 'vectors', revision: 1 },
      records: [
        { kind: 'policy', id: 'vector', revision: 1, value: policy },
        { kind: 'route', id: 'route', revision: 1, value: route },
      ],
    },
    { verifiesClientCertificates: true },
  );
  const caller = callerOf(vector);
  const token = tokenOf({ credential: 'c', account: 'sa', ...(caller && { user: caller.userId }) });
  return {
    snapshot: () => snapshot,
    tokens: { verify: () => token, isMeantForUs: () => false },
    callers: { resolve: () => caller ?? assert.fail('nobody sent a credential') },
    assertionFor: () => undefined,
    clock: () => NOW,
    settings: {
      serveNamespace: undefined,
      unmatched: undefined,
      enforcement: 'enforce',
      sourceIp: 'peer',
      readClientCertificate: readerFor(vector),
    },
  };
}

/** A certificate's CA is configured where Pomerium took it for valid. */
function readerFor({ request }: Vector): ReadClientCertificate {
  return request.client_certificate.valid ? trusting : distrusting;
}

function callerOf({ account, user, directory_user: known }: Vector): Caller | undefined {
  if (!account) return undefined;
  const { user_id: userId = '' } = account;
  const stored = ServiceAccount.parse({
    id: 'sa',
    namespace: 'global',
    impersonate: userId,
    created_at: CREATED,
  });
  const credential = Credential.parse({ id: 'c', account: 'sa', purpose: 'mesh', issued_at: CREATED });
  const directoryUser = DirectoryUser.parse({
    id: userId,
    email: known?.email || (user?.email ?? ''),
    groups: known?.group_ids ?? [],
    claims: user?.claims ?? {},
  });
  const caller = createCaller(stored, credential, directoryUser);
  // Pomerium may know a user whom its directory does not; here the two are one.
  return known ? caller : { ...caller, directoryUser: undefined };
}

function bytesFor(vector: Vector): Buffer {
  const { method, path, headers, ip, client_certificate: certificate } = vector.request;
  const credential = vector.account ? { 'x-pomerium-authorization': 'token' } : {};
  const sent = Object.entries({ ...headers, ...credential }).flatMap(([name, values]) =>
    [values]
      .flat()
      .map((value) => ({ key: name.toLowerCase(), rawValue: Buffer.from(value).toString('base64') })),
  );
  return checkRequestBytes({
    attributes: {
      source: {
        ...(ip !== '' && { address: { socketAddress: { address: ip } } }),
        ...(certificate.leaf && { certificate: encodeURIComponent(String(certificate.leaf)) }),
      },
      request: {
        time: { seconds: NOW / 1000 },
        http: { method, host: 'api.example.com', path: encodePath(path), headerMap: { headers: sent } },
      },
    },
  });
}

/** The path that, decoded once, is the literal one. */
function encodePath(literal: string): string {
  return literal.split('/').map(encodeURIComponent).join('/');
}

async function decide(vector: Vector): Promise<Decision | PolicyFault> {
  try {
    return await check(partsFor(vector), decodeCheckRequest(bytesFor(vector)));
  } catch (error) {
    if (error instanceof PolicyFault) return error;
    throw error;
  }
}

for (const [name, given, expected] of [
  // So that no change makes the exceptions grow unseen.
  ['600', vectors, { ambiguous: 35, withoutAddress: 9, policyRefused: 94, judged: 462 }],
  // The sidecar is not told of MCP messages, so those that decide are left out.
  [
    '300 with mcp_tool, device and ssh_*, but for MCP messages,',
    moreVectors.filter(({ ppl, request }) => !ppl.includes('mcp_tool') || request.mcp === null),
    { ambiguous: 0, withoutAddress: 0, policyRefused: 8, judged: 147 },
  ],
] as const)
  test(`as whole CheckRequests, all ${name} come to the status that the precedence gives`, async () => {
    assert.deepEqual(await replay(given), expected);
  });

async function replay(given: readonly Vector[]): Promise<Record<string, number>> {
  const counts = { ambiguous: 0, withoutAddress: 0, policyRefused: 0, judged: 0 };
  for (const vector of given) {
    const decision = await decide(vector);
    const expected = expectedStatus(vector);
    if (expected === 'failure') {
      // Pomerium refuses to load the document; whatever it would judge fails.
      assert.ok(decision instanceof PolicyFault, `vector ${vector.id}`);
      counts.policyRefused += 1;
      continue;
    }
    const { uses } = compilePolicy(vector.ppl);
    const isAmbiguous = uses.path && /%|\/\.\.|\/\//.test(vector.request.path);
    if (isAmbiguous) {
      // Pomerium judges these paths as they stand; here nobody does, because an upstream may read them otherwise.
      assert.ok(!(decision instanceof PolicyFault) && decision.verdict === 'deny');
      assert.equal(decision.refusal, 'path-ambiguous', `vector ${vector.id}`);
      counts.ambiguous += 1;
      continue;
    }
    if (uses.sourceIp && vector.request.ip === '') {
      // Pomerium takes an unknown address for one that no rule names; here a deny is not got around that way.
      assert.ok(decision instanceof PolicyFault, `vector ${vector.id}`);
      counts.withoutAddress += 1;
      continue;
    }
    assert.ok(!(decision instanceof PolicyFault), `vector ${vector.id}: ${String(decision)}`);
    const answer = readAnswer(encode(decision, decodeCheckRequest(bytesFor(vector))));
    assert.equal(answer.httpStatus || 200, expected, `vector ${vector.id}: ${decision.reasons.join(', ')}`);
    if (answer.httpStatus === 0) assertSameReasons(decision.reasons, vector, 'allow');
    counts.judged += 1;
  }
  return counts;
}

function assertSameReasons(actual: readonly string[], { id, expect }: Vector, side: 'allow' | 'deny'): void {
  assert.ok(!('error' in expect));
  assert.deepEqual([...actual].sort(), [...expect[side].reasons].sort(), `vector ${id}`);
}
