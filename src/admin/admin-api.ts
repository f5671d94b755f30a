import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { API_PREFIX, OPERATIONS } from '../contract/contract.ts';
import { type AnswerOf, BODY_BYTES, type Operation } from '../contract/operation.ts';
import type { AuthenticatedContext, HandlerContext } from '../operations/handler.ts';
import { HANDLERS } from '../operations/handlers.ts';
import { IndexedStore } from '../operations/index/indexed-store.ts';
import { PolicyLinter } from '../operations/policy-linter.ts';
import { includesRole } from '../roles/role-schema.ts';
import { addDocuments } from './add-documents.ts';
import type { AdminParts, ServedParts } from './admin-parts.ts';
import { Admissions } from './admission.ts';
import { authenticate } from './authenticate.ts';
import { type CountRefusal, countRefusals } from './count-refusals.ts';
import { identify } from './identify.ts';
import { jsonBodyParser, type ParseJsonBody } from './parse-json-body.ts';
import { formatTag, matchesTag } from './precondition.ts';
import { describeProblem, type Problem, problemOf, Refused } from './problem.ts';
import { readRequest } from './read-request.ts';
import { acceptBodies, bodyOf, leaveBodiesToHandlers } from './receive-bodies.ts';
import { refuseOtherMethods } from './refuse-other-methods.ts';
import { addScim } from './scim/scim-api.ts';
import { SCIM_PREFIX } from './scim/scim-schemas.ts';
import { sendAnswer } from './send-answer.ts';
import { SessionCookie } from './session-cookie.ts';
import { Sessions } from './sessions.ts';

interface Browsers {
  readonly sessions: Sessions;
  readonly cookie: SessionCookie;
}

interface Serving {
  readonly parts: ServedParts;
  readonly browsers: Browsers;
  readonly admissions: Admissions;
  readonly parseJson: ParseJsonBody;
  readonly linter: PolicyLinter;
}

type AnyHandler = (request: unknown, context: HandlerContext) => Promise<AnswerOf<Operation>>;

/** Adds the admin API below `/api/v1`, and SCIM below `/scim/v2`. */
export function addAdminApi(app: FastifyInstance, given: AdminParts): void {
  const store = new IndexedStore(given.store, given.onFault);
  const parts: ServedParts = { ...given, store };
  store.places.start();
  app.addHook('onClose', () => store.close());
  leaveBodiesToHandlers(app);
  app.register(async (admin) => {
    await admin.register(helmet, { global: true });
    await admin.register(cookie);
    await admin.register(rateLimit, { global: false });
    const countRefusal = countRefusals(admin, parts.realm);
    admin.addHook('onRequest', async ({ headers }, reply) => {
      reply.header('cache-control', 'no-store');
      // None is ever unpacked: what is small on the wire may not become large here.
      const coding = headers['content-encoding'] ?? 'identity';
      if (coding.toLowerCase() !== 'identity')
        throw new Refused('unsupported-media-type', 'expected a body without Content-Encoding');
    });
    admin.addHook('onRoute', ({ config, url }) => {
      // A route that nobody said who may use is a hole, whoever adds it.
      if (config === undefined || !('access' in config))
        throw new Error(`${url} says nothing about who may use it`);
    });
    const admissions = new Admissions(parts.freeMemory);
    admin.register(async (api) => addOperations(api, parts, admissions, countRefusal), {
      prefix: API_PREFIX,
    });
    admin.register(async (scim) => addScim(scim, parts, admissions, countRefusal), { prefix: SCIM_PREFIX });
  });
}

const MEDIA_TYPES = ['application/json'];

function addOperations(
  api: FastifyInstance,
  parts: ServedParts,
  admissions: Admissions,
  countRefusal: CountRefusal,
): void {
  const browsers: Browsers = {
    sessions: new Sessions(parts.sessions),
    cookie: new SessionCookie(parts.sessions.plain),
  };
  acceptBodies(api);
  api.setErrorHandler(async (error, request, reply) => {
    const problem = problemOf(error);
    if (problem.code === 'fault') parts.onFault(error);
    if (problem.code === 'unauthenticated' && request.headers.authorization === undefined)
      forget(browsers, request, reply);
    if (error instanceof Refused && error.retryAfter !== undefined)
      reply.header('retry-after', error.retryAfter);
    return send(reply, await countRefusal(problem, request, reply));
  });
  api.setNotFoundHandler((_request, reply) => send(reply, describeProblem('not-found')));
  const linter = new PolicyLinter();
  api.addHook('onClose', async () => linter.close());
  const serving = { parts, browsers, admissions, linter, parseJson: jsonBodyParser(api) };
  const refuseOthers = refuseOtherMethods(api, (reply) => send(reply, describeProblem('method-not-allowed')));
  addDocuments(api, OPERATIONS, parts.version);
  for (const [group, operations] of Object.entries(OPERATIONS))
    for (const [name, operation] of Object.entries(operations))
      addOperation(api, operation, handlerOf(group, name), serving);
  refuseOthers();
}

function handlerOf(group: string, name: string): AnyHandler {
  const handlers: Readonly<Record<string, Readonly<Record<string, unknown>>>> = HANDLERS;
  const handler = handlers[group]?.[name];
  if (typeof handler !== 'function') throw new Error(`nothing handles ${group}.${name}`);
  return handler as AnyHandler;
}

function addOperation(
  api: FastifyInstance,
  operation: Operation,
  handle: AnyHandler,
  { parts, browsers, admissions, linter, parseJson }: Serving,
): void {
  const { method, path, access, maxBytes = BODY_BYTES, costly, itemwise, cacheable = false } = operation;
  const { sessions, cookie } = browsers;
  api.route({
    method,
    url: path.replaceAll(':', '::').replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { access },
    // Before the body is read: if the caller may not ask, none of it is kept or parsed.
    onRequest: async (request, reply) => {
      const entered = await authenticate(await identify(request, { ...parts, ...browsers }), parts);
      checkRole(operation, entered);
      admissions.admit(request, reply, entered, maxBytes);
    },
    handler: async (request, reply) => {
      const admission = admissions.of(request);
      if (!admission) throw new Refused('unauthenticated', 'nobody is signed in');
      const received = await bodyOf(request, admission, MEDIA_TYPES);
      return admissions.run(costly, admission, async () => {
        // What the caller may do can have changed while the body arrived and others were served.
        const entered = costly ? await authenticate(admission.access, parts) : admission.entered;
        checkRole(operation, entered);
        const body = received && (await parseJson(request, received, { itemwise: itemwise !== undefined }));
        const parsed = await readRequest(operation, request, body);
        const { gone } = admission;
        const context = { ...entered, sessions, sessionId: cookie.read(request), linter, gone };
        const answer = await handle(parsed, context);
        if (answer.session === null) cookie.clear(request, reply);
        else if (answer.session) {
          const { id, session } = answer.session;
          cookie.set(request, reply, id, Math.floor((session.endsAt - parts.now()) / 1000));
        }
        if (answer.revision !== undefined) {
          const tag = formatTag(answer.revision);
          const known = cacheable ? request.headers['if-none-match'] : undefined;
          reply.header('etag', tag);
          if (known !== undefined && matchesTag(known, tag)) return reply.code(304).send();
        }
        return sendAnswer(reply, operation, answer, admission);
      });
    },
  });
}

/** A session that was refused does not come to life again. */
function forget({ sessions, cookie }: Browsers, request: FastifyRequest, reply: FastifyReply): void {
  const id = cookie.read(request);
  if (id !== undefined) sessions.end(id);
  cookie.clear(request, reply);
}

/** Refuses whoever has not the role anywhere that the operation needs somewhere. */
function checkRole({ access }: Operation, { grants }: AuthenticatedContext): void {
  if (access !== 'public' && access !== 'signed-in' && !includesRole(grants.highest, access))
    throw new Refused('forbidden', `this needs the role ${access}`);
}

function send(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}
