import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { GLOBAL } from '../../accounts/namespace-id.ts';
import { OperationError } from '../../contract/operation-error.ts';
import { holds } from '../../roles/grants.ts';
import type { ServedParts } from '../admin-parts.ts';
import type { Admissions } from '../admission.ts';
import { type Authenticated, authenticate } from '../authenticate.ts';
import type { CountRefusal } from '../count-refusals.ts';
import { addressOf } from '../identify.ts';
import { jsonBodyParser, type ParseJsonBody } from '../parse-json-body.ts';
import { matchesTag } from '../precondition.ts';
import { problemOf } from '../problem.ts';
import { acceptBodies, bodyOf } from '../receive-bodies.ts';
import { refuseOtherMethods } from '../refuse-other-methods.ts';
import { signIn } from '../sign-in.ts';
import { DirectoryIndex } from './directory-index.ts';
import type { ScimAnswer } from './scim-handler.ts';
import { describeScimError, type ScimError, ScimRefusal, scimErrorOfProblem } from './scim-refusal.ts';
import { SCIM_ROUTES, type ScimAccess, type ScimRoute } from './scim-routes.ts';

const MEDIA_TYPE = 'application/scim+json';
const MEDIA_TYPES = [MEDIA_TYPE, 'application/json'];

const Params = z.object({ id: z.string().default('') });

interface Serving {
  readonly parts: ServedParts;
  readonly admissions: Admissions;
  readonly index: DirectoryIndex;
  readonly parseJson: ParseJsonBody;
}

/** Adds SCIM 2.0 (RFC 7643, RFC 7644) to the prefix that the server has. */
export function addScim(
  server: FastifyInstance,
  parts: ServedParts,
  admissions: Admissions,
  countRefusal: CountRefusal,
): void {
  const parseJson = jsonBodyParser(server);
  acceptBodies(server);
  server.setErrorHandler(async (error, request, reply) => {
    if (error instanceof ScimRefusal)
      return send(reply, describeScimError(error.status, error.message, error.scimType));
    const problem = problemOf(error);
    if (problem.code === 'fault') parts.onFault(error);
    if (error instanceof OperationError && error.retryAfter !== undefined)
      reply.header('retry-after', error.retryAfter);
    return send(reply, scimErrorOfProblem(await countRefusal(problem, request, reply)));
  });
  server.setNotFoundHandler((_request, reply) =>
    send(reply, describeScimError(404, 'there is nothing here')),
  );
  const serving = { parts, admissions, parseJson, index: new DirectoryIndex(parts.store) };
  const refuseOthers = refuseOtherMethods(server, (reply) =>
    send(reply, describeScimError(405, 'this path does not take the method')),
  );
  for (const route of SCIM_ROUTES) addRoute(server, route, serving);
  refuseOthers();
}

function addRoute(
  server: FastifyInstance,
  { method, url, access, handle, maxBytes, costly }: ScimRoute,
  { parts, admissions, index, parseJson }: Serving,
): void {
  server.route({
    method,
    url,
    config: { access },
    // Before the body is read, so that an unauthorized body is neither kept nor parsed.
    onRequest: async (request, reply) => {
      // By the credential alone: an identity provider is no browser, and a cookie says nothing here.
      const { authorization } = request.headers;
      const caller = await authenticate(
        await signIn(authorization, addressOf(request), parts.tokens, parts.now, parts.reservedNames),
        parts,
      );
      checkAccess(access, caller);
      admissions.admit(request, reply, caller, maxBytes);
    },
    handler: async (request, reply) => {
      const admission = admissions.of(request);
      if (!admission) throw new OperationError('unauthenticated', 'the request is not authenticated');
      const received = await bodyOf(request, admission, MEDIA_TYPES);
      return admissions.run(costly, admission, async () => {
        // The caller's roles may have changed while the request waited.
        const caller = costly ? await authenticate(admission.caller.principal, parts) : admission.caller;
        checkAccess(access, caller);
        const { query, headers } = request;
        const body = received && (await parseJson(request, received));
        const { id } = Params.parse(request.params);
        const context = { ...caller, index, onDropped: parts.onDropped };
        const answer = await handle({ id, query, body, ifMatch: headers['if-match'] }, context);
        return sendAnswer(reply, answer, method === 'GET' ? headers['if-none-match'] : undefined);
      });
    },
  });
}

function checkAccess(access: ScimAccess, { grants }: Pick<Authenticated, 'grants'>): void {
  switch (access) {
    case 'signed-in':
      return;
    case 'admin-of-global':
      if (!holds(grants, 'admin', GLOBAL))
        throw new OperationError('forbidden', `this needs the role admin in namespace ${GLOBAL}`);
      return;
    default:
      access satisfies never;
      throw new OperationError('forbidden', 'this is not allowed');
  }
}

function sendAnswer(
  reply: FastifyReply,
  { status, body, version, location }: ScimAnswer,
  ifNoneMatch: string | undefined,
): FastifyReply {
  if (version !== undefined) reply.header('etag', version);
  if (location !== undefined && status === 201) reply.header('location', location);
  if (version !== undefined && ifNoneMatch !== undefined && matchesTag(ifNoneMatch, version))
    return reply.code(304).send();
  if (body === undefined) return reply.code(status).send();
  return reply.code(status).type(`${MEDIA_TYPE}; charset=utf-8`).send(JSON.stringify(body));
}

function send(reply: FastifyReply, error: ScimError): FastifyReply {
  return reply.code(Number(error.status)).type(`${MEDIA_TYPE}; charset=utf-8`).send(JSON.stringify(error));
}
