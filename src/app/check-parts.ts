import type { Caller } from '../accounts/caller.ts';
import { type CallerSources, createCallerDirectory } from '../accounts/caller-directory.ts';
import type { CheckParts } from '../check/check.ts';
import type { Config } from '../config/config.ts';
import type { Secret } from '../config/secret.ts';
import { bytesOf, fillClaimHeaders, type IdentitySettings } from '../envoy/claim-headers.ts';
import { ASSERTION_HEADER, headerBytes } from '../envoy/identity-headers.ts';
import type { Watched } from '../files/watch-files.ts';
import type { ReadClientCertificate } from '../policy/client-certificate-reader.ts';
import type { Binding } from '../routes/match-request.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { StoreUnavailable } from '../store/port.ts';
import type { Replica } from '../store/replica.ts';
import { type Assertion, createAssertionSigner } from '../tokens/assertion.ts';
import {
  type AssertionCache,
  type AssertionCacheOptions,
  type AssertionContent,
  createAssertionCache,
} from '../tokens/assertion-cache.ts';
import type { KeySource, SigningKeys, VerificationKeys } from '../tokens/key-set.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';
import { checkSettings, createVerifier, identitySettings } from './check-settings.ts';

/** What a Check needs of a followed store. */
export type FollowedRecords = CallerSources &
  Pick<Replica<Snapshot>, 'snapshot' | 'lastContact' | 'awaiting'>;

/** What it needs of the keys. */
export interface CheckKeys {
  readonly verification: KeySource<VerificationKeys>;
  readonly assertion: KeySource<SigningKeys>;
  readonly sharedSecret: Watched<Secret | undefined>;
  readonly clientCertificates: Watched<ReadClientCertificate>;
}

/** What Checks are decided with. */
export function createCheckParts(
  config: Config,
  followed: FollowedRecords,
  keys: CheckKeys,
  onGroupsLeftOut?: AssertionCacheOptions['onGroupsLeftOut'],
): CheckParts {
  const { assertion } = config;
  const signer = createAssertionSigner({ keys: keys.assertion, lifetime: assertion.lifetimeMs / 1000 });
  const assertions = createAssertionCache({ signer, ...(onGroupsLeftOut && { onGroupsLeftOut }) });
  const identity = identitySettings(config);
  return {
    snapshot: () => freshSnapshot(followed, config.store.maxStalenessMs),
    tokens: createWatchedVerifier(config, keys),
    callers: createCallerDirectory(followed, config.cache.credentials),
    assertionFor: (caller, binding, now) =>
      assertionFor(assertions, identity, assertion.audience, caller, binding, now),
    clock: Date.now,
    settings: checkSettings(config, (certificate, time) =>
      keys.clientCertificates.current(certificate, time),
    ),
  };
}

/** Drops all cached tokens when the shared secret changes. */
function createWatchedVerifier(config: Config, { verification, sharedSecret }: CheckKeys): TokenVerifier {
  const create = (secret: Secret | undefined) => createVerifier(config, verification, secret);
  let verifier = create(sharedSecret.current);
  sharedSecret.onChange((secret) => {
    verifier = create(secret);
  });
  return {
    verify: (token, now) => verifier.verify(token, now),
    isMeantForUs: (token) => verifier.isMeantForUs(token),
  };
}

/** True while the memory is fresh enough to decide from, else the reason why not. */
export function freshness(followed: FollowedRecords, maxStalenessMs: number): true | string {
  if (followed.awaiting !== undefined) return followed.awaiting;
  const age = performance.now() - followed.lastContact;
  return age <= maxStalenessMs || `no contact with the store for ${Math.round(age / 1000)} s`;
}

function freshSnapshot(followed: FollowedRecords, maxStalenessMs: number): Snapshot {
  const fresh = freshness(followed, maxStalenessMs);
  if (fresh === true) return followed.snapshot;
  throw new StoreUnavailable(fresh);
}

function assertionFor(
  assertions: AssertionCache,
  identity: IdentitySettings,
  configured: string | undefined,
  caller: Caller,
  binding: Binding,
  now: number,
): Assertion | undefined | Promise<Assertion> {
  const audience = binding.audience ?? configured;
  if (audience === undefined) return undefined;
  const content = () => assertionContent(audience, identity, caller);
  return assertions.assertionFor(caller, `${binding.version} ${audience}`, content, now);
}

/** Claim headers and the assertion share one limit. If both do not fit, the groups are left out first. */
function assertionContent(audience: string, identity: IdentitySettings, caller: Caller): AssertionContent {
  const { userId, email, name, groups, account } = caller;
  const atMost = identity.maxHeaderBytes - headerBytes(ASSERTION_HEADER, '');
  return {
    claims: { audience, userId, accountId: account.id, email, name, groups: identity.filterGroups(groups) },
    room: { atMost, withGroups: atMost - bytesOf(fillClaimHeaders(caller, identity, () => undefined)) },
  };
}
