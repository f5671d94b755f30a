import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { API_PREFIX, OPERATIONS } from '../contract/contract.ts';
import { BODY_BYTES, type InputOf, type Operation, type OutputOf } from '../contract/operation.ts';
import { OperationError } from '../contract/operation-error.ts';
import type { ReportProgress } from '../manifests/report-progress.ts';
import { IndexedStore } from '../operations/index/indexed-store.ts';
import type { OperationContext } from '../operations/operation-context.ts';
import { runOperation } from '../operations/operations.ts';
import { parseInput } from '../operations/parse-input.ts';
import { PolicyLinter } from '../operations/policy-linter.ts';
import { includesRole } from '../roles/role-schema.ts';
import { takeTurns } from '../snapshot/run-steps.ts';
import { addDocuments } from './add-documents.ts';
import type { AdminParts, ServedParts } from './admin-parts.ts';
import { Admissions } from './admission.ts';
import { type Authenticated, authenticate } from './authenticate.ts';
import { type CountRefusal, countRefusals } from './count-refusals.ts';
import { identify } from './identify.ts';
import { jsonBodyParser, type ParseJsonBody } from './parse-json-body.ts';
import { formatTag, matchesTag } from './precondition.ts';
import { describeProblem, type Problem, problemOf } from './problem.ts';
import { acceptBodies, bodyOf, leaveBodiesToHandlers } from './receive-bodies.ts';
import { refuseOtherMethods } from './refuse-other-methods.ts';
import { requestInput } from './request-input.ts';
import { addScim } from './scim/scim-api.ts';
import { SCIM_PREFIX } from './scim/scim-schemas.ts';
import { sendAnswer } from './send-answer.ts';
import { SessionCookie } from './session-cookie.ts';
import {
  type CookieChange,
  type SessionContext,
  showSession,
  signIn,
  signOut,
} from './session-operations.ts';
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
      // Never decompressed, so that a small body cannot expand.
      const coding = headers['content-encoding'] ?? 'identity';
      if (coding.toLowerCase() !== 'identity')
        throw new OperationError('unsupported-media-type', 'expected a body without Content-Encoding');
    });
    admin.addHook('onRoute', ({ config, url }) => {
      // Fail closed: every route declares its access.
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
    if (error instanceof OperationError && error.retryAfter !== undefined)
      reply.header('retry-after', error.retryAfter);
    return send(reply, await countRefusal(problem, request, reply));
  });
  api.setNotFoundHandler((_request, reply) => send(reply, describeProblem('not-found')));
  const linter = new PolicyLinter();
  api.addHook('onClose', async () => linter.close());
  const serving = { parts, browsers, admissions, linter, parseJson: jsonBodyParser(api) };
  const refuseOthers = refuseOtherMethods(api, (reply) => send(reply, describeProblem('method-not-allowed')));
  addDocuments(api, OPERATIONS, parts.version);
  const { session, ...groups } = OPERATIONS;
  for (const group of Object.values(groups))
    for (const operation of Object.values<Operation>(group))
      if (!operation.local)
        addOperation(api, operation, serving, (input, context) => runOperation(operation, input, context));
  addOperation(api, session.signIn, serving, async (_input, context) => signIn(context));
  addOperation(api, session.show, serving, async (_input, context) => showSession(context));
  addOperation(api, session.signOut, serving, async (input, context) => signOut(input, context));
  refuseOthers();
}

/** What carries an operation out. */
type Run<O extends Operation> = (
  input: InputOf<O>,
  context: OperationContext & SessionContext,
) => Promise<OutputOf<O> & CookieChange>;

function addOperation<O extends Operation>(
  api: FastifyInstance,
  operation: O,
  { parts, browsers, admissions, linter, parseJson }: Serving,
  run: Run<O>,
): void {
  const { method, path, access, maxBytes = BODY_BYTES, costly, itemwise, cacheable = false } = operation;
  const { sessions, cookie } = browsers;
  api.route({
    method,
    url: path.replaceAll(':', '::').replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { access },
    // Before the body is read, so that an unauthorized body is neither kept nor parsed.
    onRequest: async (request, reply) => {
      const caller = await authenticate(await identify(request, { ...parts, ...browsers }), parts);
      checkRole(operation, caller);
      admissions.admit(request, reply, caller, maxBytes);
    },
    handler: async (request, reply) => {
      const admission = admissions.of(request);
      if (!admission) throw new OperationError('unauthenticated', 'the request is not authenticated');
      const received = await bodyOf(request, admission, MEDIA_TYPES);
      return admissions.run(costly, admission, async () => {
        // The caller's roles may have changed while the request waited.
        const caller = costly ? await authenticate(admission.caller.principal, parts) : admission.caller;
        checkRole(operation, caller);
        const body = received && (await parseJson(request, received, { itemwise: itemwise !== undefined }));
        const input = await parseInput(operation, requestInput(operation, request, body));
        const answer = await run(input, {
          ...caller,
          sessions,
          sessionId: cookie.read(request),
          lint: (text) => linter.lint(text),
          report: untilGone(admission.gone),
        });
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

/** Yields during long work, and ends it if the client has gone. */
function untilGone(gone: AbortSignal): ReportProgress {
  const turn = takeTurns();
  return async () => {
    if (gone.aborted) throw new OperationError('too-many-requests', 'the client has gone');
    await turn();
  };
}

/** A refused session ends. */
function forget({ sessions, cookie }: Browsers, request: FastifyRequest, reply: FastifyReply): void {
  const id = cookie.read(request);
  if (id !== undefined) sessions.end(id);
  cookie.clear(request, reply);
}

/** The namespace is checked by the operation. */
function checkRole({ access }: Operation, { grants }: Pick<Authenticated, 'grants'>): void {
  if (access !== 'public' && access !== 'signed-in' && !includesRole(grants.highest, access))
    throw new OperationError('forbidden', `this needs the role ${access}`);
}

function send(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}
