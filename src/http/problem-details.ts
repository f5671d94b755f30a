import type { FastifyReply } from 'fastify';

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
  return reply.code(status).type('application/problem+json; charset=utf-8').send(JSON.stringify(problem));
}
