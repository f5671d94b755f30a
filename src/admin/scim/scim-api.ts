import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { GLOBAL } from '../../accounts/namespace-id.ts';
import { holds } from '../../roles/grants.ts';
import type { AdminParts } from '../admin-parts.ts';
import type { CountRefusal } from '../count-refusals.ts';
import { enter } from '../enter.ts';
import type { EnteredContext } from '../handler.ts';
import { addressOf } from '../identify.ts';
import { isTooDeep, MAX_DEPTH } from '../nesting.ts';
import { problemOf, Refused } from '../problem.ts';
import { signIn } from '../sign-in.ts';
import { DirectoryIndex } from './directory-index.ts';
import type { ScimAnswer } from './scim-handler.ts';
import { describeScimError, type ScimError, ScimRefusal, scimErrorOfProblem } from './scim-refusal.ts';
import { SCIM_ROUTES, type ScimAccess, type ScimRoute } from './scim-routes.ts';
import { matchesVersion } from './version.ts';

const MEDIA_TYPE = 'application/scim+json';
const BODY_BYTES = 8 * 1024 * 1024;

const Params = z.object({ id: z.string().default('') });

/** Adds SCIM 2.0 (RFC 7643, RFC 7644) to the prefix that the server has. */
export function addScim(server: FastifyInstance, parts: AdminParts, countRefusal: CountRefusal): void {
  const index = new DirectoryIndex(parts.store);
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser<string>(
    [MEDIA_TYPE, 'application/json'],
    { parseAs: 'string', bodyLimit: BODY_BYTES },
    (request, body, done) => {
      // Identity providers name a media type where they send nothing, too: with DELETE.
      if (body === '') done(null, undefined);
      else void parseJson(request, body, done);
    },
  );
  server.setErrorHandler(async (error, request, reply) => {
    if (error instanceof ScimRefusal)
      return send(reply, describeScimError(error.status, error.message, error.scimType));
    const problem = problemOf(error);
    if (problem.code === 'fault') parts.onFault(error);
    return send(reply, scimErrorOfProblem(await countRefusal(problem, request, reply)));
  });
  server.setNotFoundHandler((_request, reply) =>
    send(reply, describeScimError(404, 'there is nothing here')),
  );
  for (const route of SCIM_ROUTES) addRoute(server, route, parts, index);
}

function addRoute(server: FastifyInstance, route: ScimRoute, parts: AdminParts, index: DirectoryIndex): void {
  const { method, url, access, handle } = route;
  const entered = new WeakMap<FastifyRequest, EnteredContext>();
  server.route({
    method,
    url,
    bodyLimit: BODY_BYTES,
    config: { access },
    // Before the body is read: whoever may not ask has none of it parsed.
    onRequest: async (request) => {
      // By the credential alone: an identity provider is no browser, and a cookie says nothing here.
      const { authorization } = request.headers;
      const context = await enter(
        await signIn(authorization, addressOf(request), parts.tokens, parts.now, parts.reservedNames),
        parts,
      );
      checkAccess(access, context);
      entered.set(request, context);
    },
    handler: async (request, reply) => {
      const context = entered.get(request);
      if (!context) throw new Refused('unauthenticated', 'nobody is signed in');
      const { query, body, headers } = request;
      if (isTooDeep(body))
        throw new ScimRefusal('invalidSyntax', `expected at most ${MAX_DEPTH} levels of nesting`);
      const { id } = Params.parse(request.params);
      const answer = await handle(
        { id, query, body, ifMatch: headers['if-match'] },
        {
          ...context,
          index,
          onDropped: parts.onDropped,
        },
      );
      return sendAnswer(reply, answer, method === 'GET' ? headers['if-none-match'] : undefined);
    },
  });
}

function checkAccess(access: ScimAccess, { grants }: EnteredContext): void {
  switch (access) {
    case 'signed-in':
      return;
    case 'admin-of-global':
      if (!holds(grants, 'admin', GLOBAL))
        throw new Refused('forbidden', `this needs the role admin in namespace ${GLOBAL}`);
      return;
    default:
      access satisfies never;
      throw new Refused('forbidden', 'nobody may ask this');
  }
}

function sendAnswer(
  reply: FastifyReply,
  { status, body, version, location }: ScimAnswer,
  ifNoneMatch: string | undefined,
): FastifyReply {
  if (version !== undefined) reply.header('etag', version);
  if (location !== undefined && status === 201) reply.header('location', location);
  if (version !== undefined && ifNoneMatch !== undefined && matchesVersion(ifNoneMatch, version))
    return reply.code(304).send();
  if (body === undefined) return reply.code(status).send();
  return reply.code(status).type(`${MEDIA_TYPE}; charset=utf-8`).send(JSON.stringify(body));
}

function send(reply: FastifyReply, error: ScimError): FastifyReply {
  return reply.code(Number(error.status)).type(`${MEDIA_TYPE}; charset=utf-8`).send(JSON.stringify(error));
}
