import { addAdminApi } from '../admin/admin-api.ts';
import type { AdminParts } from '../admin/admin-parts.ts';
import type { Config } from '../config/config.ts';
import type { ExtendHttp } from '../http/http-server.ts';
import { logEvent } from '../observe/log-event.ts';
import type { Logger } from '../observe/logger.ts';
import { isLocal } from '../sockets/address.ts';
import { StoreUnavailable } from '../store/port.ts';
import type { StoreWithTelemetry } from '../store/telemetry-writes.ts';
import type { KeySource, VerificationKeys } from '../tokens/key-set.ts';
import { createTokenVerifier } from '../tokens/token-verifier.ts';
import { openIssuing } from './open-keys.ts';
import { PROGRAM_VERSION } from './program-version.ts';
import { SharedExplaining } from './share-explaining.ts';
import { createStoreFaults } from './store-contact.ts';
import { collectGarbage } from './v8-flags.ts';

/** The admin API, to be added to an HTTP server. */
export function openAdmin(
  config: Config,
  store: StoreWithTelemetry,
  keys: KeySource<Pick<VerificationKeys, 'verification'>>,
  logger: Logger,
): ExtendHttp {
  const { issuer, audience, tokens, realm } = config;
  const { listen } = config.admin;
  const faults = createStoreFaults(logger);
  const explaining = new SharedExplaining({
    config,
    store,
    onFault: (fault) => faults.note(fault),
  });
  const parts: AdminParts = {
    store,
    // Never Pomerium's tokens: those are for the mesh.
    tokens: createTokenVerifier({
      keys,
      issuer,
      audience: audience.admin,
      clockTolerance: tokens.clockToleranceMs / 1000,
      ...(tokens.maxLifetimeMs !== undefined && { maxLifetime: tokens.maxLifetimeMs / 1000 }),
    }),
    reservedNames: config.directory.reserved,
    realm,
    issuing: config.keys.credential === undefined ? undefined : () => openIssuing(config),
    explaining: () => explaining.open(),
    sessions: {
      ...config.admin.session,
      generation: () => keys.generation,
      plain: listen !== undefined && listen.tls === undefined && isLocal(listen.address),
    },
    version: PROGRAM_VERSION,
    now: Date.now,
    freeMemory: collectGarbage,
    onFault: (fault) => {
      // The contact log reports an unavailable store.
      if (!(fault instanceof StoreUnavailable)) logEvent(logger, 'http-fault', { fault });
    },
    onDropped: (user, dropped) => logEvent(logger, 'scim-dropped', { user, dropped }),
  };
  return (app) => {
    addAdminApi(app, parts);
    app.addHook('onClose', () => explaining.close());
  };
}
