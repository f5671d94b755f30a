import type { FastifyInstance, FastifyReply } from 'fastify';

/**
 * Answers other methods of the paths of a scope with `Allow`; RFC 9110 §15.5.6. Call it before the routes are added, and what it
 * returns after them.
 * @param refuse answers 405 in the scope's own format
 */
export function refuseOtherMethods(
  scope: FastifyInstance,
  refuse: (reply: FastifyReply) => FastifyReply,
): () => void {
  const allowed = new Map<string, Set<string>>();
  scope.addHook('onRoute', ({ routePath, method }) => {
    // Fastify adds `/` of a scope without the slash, too, and will do so again.
    const url = routePath === '' ? '/' : routePath;
    const methods = allowed.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    allowed.set(url, methods);
  });
  return () => {
    for (const [url, methods] of [...allowed]) {
      const allow = [...methods].join(', ');
      scope.route({
        method: scope.supportedMethods.filter((method) => !methods.has(method)),
        url,
        config: { access: 'public' },
        // Before the body is read.
        onRequest: async (_request, reply) => refuse(reply.header('allow', allow)),
        handler: (_request, reply) => reply,
      });
    }
  };
}
