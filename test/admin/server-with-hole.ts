import assert from 'node:assert/strict';
import { type FastifyInstance, fastify } from 'fastify';
import { addAdminApi } from '../../src/admin/admin-api.ts';
import type { StoreWithTelemetry } from '../../src/store/telemetry-writes.ts';

/** The admin API with one route more below a prefix of it, `/hole`, of whoever adds one. */
export function serverWithHole(store: StoreWithTelemetry, prefix: string, config?: object): FastifyInstance {
  const app = fastify();
  let inside: FastifyInstance | undefined;
  app.addHook('onRegister', (instance, options) => {
    if (options.prefix === prefix) inside = instance;
  });
  addAdminApi(app, {
    store,
    tokens: {
      verify: async () => ({ refused: 'token-invalid', detail: 'not asked' }),
      isMeantForUs: () => false,
    },
    reservedNames: [],
    realm: 'sallyport',
    issuing: undefined,
    explaining: () => Promise.reject(new Error('not asked')),
    sessions: { lifetimeMs: 1, idleMs: 1, generation: () => 0, plain: false },
    version: '0.0.0',
    now: Date.now,
    freeMemory: () => undefined,
    onDropped: () => undefined,
    onFault: () => {},
  });
  app.register(async () => {
    assert.ok(inside, `${prefix} is there`);
    inside.get('/hole', { ...(config && { config }) }, async () => ({}));
  });
  return app;
}
