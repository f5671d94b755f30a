import type { FastifyInstance, FastifyReply } from 'fastify';
import { sendProblem } from './problem-details.ts';

export interface SidecarContent {
  /** True if Checks are decided, otherwise why not. */
  ready(): boolean | string;
  /** Why it may soon not be ready, in one line; undefined if nothing threatens that. */
  degraded?(): string | undefined;
  /** Unusable stored records: the sidecar stays ready, and the log has details. */
  recordFaults?(): readonly string[];
  /** The JSON Web Key Set that verifies the assertion: public keys only. Absent if no assertion is signed. */
  jwks?(): unknown;
  metrics?(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Called with unexpected errors; the client gets only 500. */
  onFault(fault: unknown): void;
}

export const JWKS_PATH = '/.well-known/pomerium/jwks.json';
/** Short, for a new key has to be seen soon after it begins to sign. */
const JWKS_MAX_AGE_SECONDS = 60;
const TEXT = 'text/plain; charset=utf-8';
const ALLOWED = 'GET, HEAD';

/** `/livez`, `/readyz`, `/metrics` and the public keys, with GET and HEAD; anything else is a problem (RFC 9457). */
export function addSidecarRoutes(app: FastifyInstance, content: SidecarContent): void {
  app.addHook('onRequest', async (_, reply) => {
    reply.header('x-content-type-options', 'nosniff').header('cache-control', 'no-store');
  });

  const show = (path: string, answer: (reply: FastifyReply) => FastifyReply | Promise<FastifyReply>) => {
    app.get(path, (_, reply) => answer(reply));
    app.route({
      method: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url: path,
      // Before the body is read.
      onRequest: async (_, reply) => sendProblem(reply.header('allow', ALLOWED), 405, 'Method Not Allowed'),
      handler: (_, reply) => reply,
    });
  };
  show('/livez', (reply) => reply.type(TEXT).send('ok\n'));
  show('/readyz', (reply) => {
    const ready = content.ready();
    if (ready === true)
      return reply.type(TEXT).send(readyText(content.degraded?.(), content.recordFaults?.() ?? []));
    return sendProblem(reply, 503, 'Service Unavailable', ready === false ? 'not ready' : ready);
  });
  const { metrics, jwks } = content;
  if (metrics)
    show('/metrics', async (reply) => {
      const { contentType, text } = await metrics();
      return reply.type(contentType).send(text);
    });
  if (jwks)
    show(JWKS_PATH, (reply) => {
      reply
        .header('cache-control', `public, max-age=${JWKS_MAX_AGE_SECONDS}`)
        .type('application/json; charset=utf-8');
      return reply.send(JSON.stringify(jwks()));
    });

  app.setNotFoundHandler((_, reply) => sendProblem(reply, 404, 'Not Found'));
  app.setErrorHandler((error, _, reply) => {
    const status = statusOf(error);
    if (status < 500) return sendProblem(reply, status, 'Bad Request');
    content.onFault(error);
    return sendProblem(reply, 500, 'Internal Server Error');
  });
}

/** More would not help. */
const MAX_LISTED = 20;

function readyText(degraded: string | undefined, faults: readonly string[]): string {
  const more = faults.length > MAX_LISTED ? ', …' : '';
  const reasons = [
    ...(degraded === undefined ? [] : [degraded]),
    ...(faults.length === 0 ? [] : [`unusable records: ${faults.slice(0, MAX_LISTED).join(', ')}${more}`]),
  ];
  return `ok\n${reasons.map((reason) => `degraded: ${reason}\n`).join('')}`;
}

/** Fastify's own refusals carry a status (a URL that can't be decoded, a body too large); all else is a fault. */
function statusOf(error: unknown): number {
  const isOwn = error instanceof Error && 'code' in error && String(error.code).startsWith('FST_ERR_');
  return isOwn && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500;
}
