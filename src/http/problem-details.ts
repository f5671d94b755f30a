import type { FastifyReply } from 'fastify';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Answers with problem details; RFC 9457. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  title: string,
  detail?: string,
): FastifyReply {
  const problem = { type: 'about:blank', title, status, ...(detail !== undefined && { detail }) };
  // Set here too: not every problem comes by the hooks, and a fault may follow other headers.
  reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
  return reply.code(status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
}
