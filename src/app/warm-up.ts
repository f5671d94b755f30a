import { userIdOf } from '../accounts/service-account-schema.ts';
import { type CheckParts, check } from '../check/check.ts';
import type { Config } from '../config/config.ts';
import { createSimulator } from '../envoy/simulate-check.ts';
import type { SimulatedRequest } from '../explain/simulation.ts';
import { fixed } from '../files/watch-files.ts';
import { makeThrowawayKeys } from '../tokens/generate-key.ts';
import { issueToken } from '../tokens/issue-token.ts';
import type { SigningKey } from '../tokens/key-set.ts';
import { createCheckParts } from './check-parts.ts';
import { identitySettings } from './check-settings.ts';
import { readClientAuthorities } from './open-keys.ts';
import { MADE_UP_HOST, makeUpMesh, type WarmUpMesh } from './warm-up-mesh.ts';

/** More rounds do not make the first real Check faster. */
const ROUNDS = 20;
/** Lifetime of their tokens in seconds: the minimum of `tokens.max_lifetime`. */
const LIFETIME = 60;

/**
 * Decides sample requests, so that the first real one does not wait for code to load and compile. Decoder, check, signatures
 * and encoder are those that serve Envoy; keys, store and caches are separate. So nothing is counted, logged or stored, and
 * its tokens are valid nowhere else. Rejects if a request is decided wrongly.
 */
export async function warmUp(config: Config): Promise<void> {
  const keys = {
    verification: await makeThrowawayKeys(config.keys.algorithm),
    assertion: await makeThrowawayKeys('ES256'),
  };
  const simulate = createSimulator({
    realm: config.realm,
    ...identitySettings(config),
    onClaimOmitted: () => undefined,
  });
  for (let round = 0; round < ROUNDS; round++) {
    const mesh = makeUpMesh();
    const parts = enforcing(
      createCheckParts(config, mesh.followed, {
        verification: { current: keys.verification, generation: 0 },
        assertion: { current: keys.assertion, generation: 0 },
        sharedSecret: fixed(config.pomerium?.sharedSecret),
        clientCertificates: fixed(readClientAuthorities(config.clientCa)),
      }),
    );
    const token = await issueFor(mesh, config, keys.verification.signer);
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`;
    // A new token, a known one, a forged one, and none.
    for (const [credential, expected] of [
      [token, undefined],
      [token, undefined],
      [forged, 401],
      [undefined, 401],
    ] as const) {
      const { request, answer } = simulate(requestWith(credential));
      const { status } = answer(await check(parts, request));
      if (status !== expected) throw new Error(`a sample request was answered ${status ?? 'OK'}`);
    }
  }
}

/** Runs all stages, whatever the configuration says. */
function enforcing(parts: CheckParts): CheckParts {
  return { ...parts, settings: { ...parts.settings, enforcement: 'enforce' } };
}

function issueFor(
  { account, credential }: WarmUpMesh,
  { issuer, audience }: Config,
  signer: SigningKey,
): Promise<string> {
  const issuedAt = Math.floor(Date.now() / 1000);
  return issueToken({
    signer,
    issuer,
    audience: audience.mesh,
    accountId: account.id,
    userId: userIdOf(account),
    credentialId: credential.id,
    issuedAt,
    expiresAt: issuedAt + LIFETIME,
  });
}

function requestWith(credential: string | undefined): SimulatedRequest {
  return {
    method: 'GET',
    host: MADE_UP_HOST,
    path: '/',
    headers: credential === undefined ? [] : [['x-pomerium-authorization', credential]],
    time: Date.now(),
    peerAddress: '127.0.0.1',
    peerCertificate: undefined,
    contextExtensions: {},
  };
}
