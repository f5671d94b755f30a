import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addressOf } from './identify.ts';
import { describeProblem, type Problem } from './problem.ts';

/** Refused credentials that one address may show in a minute, before it hears 429. */
const REFUSED_A_MINUTE = 60;

/** Sets the headers of a refusal and returns it, or 429 if there were too many. */
export type CountRefusal = (
  problem: Problem,
  request: FastifyRequest,
  reply: FastifyReply,
) => Promise<Problem>;

/** Counts refused credentials by address; needs `@fastify/rate-limit` on the server. */
export function countRefusals(server: FastifyInstance, realm: string): CountRefusal {
  const limit = server.createRateLimit({
    max: REFUSED_A_MINUTE,
    timeWindow: '1 minute',
    keyGenerator: addressOf,
  });
  return async (problem, request, reply) => {
    if (problem.code !== 'unauthenticated') return problem;
    const counted = await limit(request);
    if (!counted.isAllowed && counted.isExceeded) {
      reply.header('retry-after', counted.ttlInSeconds);
      return describeProblem('too-many-requests', 'too many refused credentials from this address');
    }
    const invalid = request.headers.authorization === undefined ? '' : ', error="invalid_token"';
    reply.header('www-authenticate', `Bearer realm="${realm}"${invalid}`);
    return problem;
  };
}
