import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { buildNamespaceTree } from '../accounts/namespace-tree.ts';
import { AccountError } from '../resources/account-error.ts';
import type { Issuing } from '../resources/issue-credential.ts';
import { Reader } from '../resources/reader.ts';
import { includesRole } from '../roles/role.ts';
import type { StoreWithSideWrites } from '../store/side-writes.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';
import { addDocuments } from './add-documents.ts';
import type { AnswerOf, Operation } from './contract/operation.ts';
import { API_PREFIX, OPERATIONS } from './contract.ts';
import type { HandlerContext } from './handler.ts';
import { HANDLERS } from './handlers.ts';
import { addressOf, identify } from './identify.ts';
import { describeOpenApi } from './openapi.ts';
import { formatTag } from './precondition.ts';
import { describeProblem, type Problem, problemOf, Refused } from './problem.ts';
import { readRequest } from './read-request.ts';
import { SessionCookie } from './session-cookie.ts';
import { type SessionSettings, Sessions } from './sessions.ts';
import { Turns } from './turns.ts';

/** What the admin API works on. */
export interface AdminParts {
  readonly store: StoreWithSideWrites;
  /** Verifies credentials made for the admin API. */
  readonly tokens: TokenVerifier;
  /** `realm` of `WWW-Authenticate`. */
  readonly realm: string;
  /** Undefined where this machine has no key to sign credentials. */
  readonly issuing: (() => Promise<Issuing>) | undefined;
  /** What a request is explained with. */
  readonly explaining: HandlerContext['explaining'];
  /** Of browsers; `plain` where the listener speaks plain HTTP, and only this machine can reach it. */
  readonly sessions: SessionSettings & { readonly plain: boolean };
  readonly version: string;
  now(): number;
  /** Told of what nobody expected; the caller hears 500 and no more. */
  onFault(fault: unknown): void;
}

const BODY_BYTES = 8 * 1024 * 1024;
/** Refused credentials that one address may show in a minute, before it hears 429. */
const REFUSED_A_MINUTE = 60;

/** Of operations that take long. */
const COSTLY = { running: 2, waiting: 16 };

interface Browsers {
  readonly sessions: Sessions;
  readonly cookie: SessionCookie;
}

type ServingParts = Omit<AdminParts, 'sessions'> & Browsers & { readonly turns: Turns };

type AnyHandler = (request: unknown, context: HandlerContext) => Promise<AnswerOf<Operation>>;

/** Adds the admin API below `/api/v1`. */
export function addAdminApi(app: FastifyInstance, parts: AdminParts): void {
  app.register(
    async (api) => {
      await api.register(helmet, { global: true });
      await api.register(cookie);
      await api.register(rateLimit, { global: false });
      const limit = api.createRateLimit({
        max: REFUSED_A_MINUTE,
        timeWindow: '1 minute',
        keyGenerator: addressOf,
      });
      api.addHook('onRequest', async (_request, reply) => {
        reply.header('cache-control', 'no-store');
      });
      const browsers: Browsers = {
        sessions: new Sessions(parts.sessions),
        cookie: new SessionCookie(parts.sessions.plain),
      };
      api.setErrorHandler(async (error, request, reply) => {
        const problem = problemOf(error);
        if (problem.code === 'fault') parts.onFault(error);
        if (problem.code !== 'unauthenticated') return send(reply, problem);
        if (request.headers.authorization === undefined) forget(browsers, request, reply);
        const counted = await limit(request);
        if (!counted.isAllowed && counted.isExceeded)
          return send(
            reply.header('retry-after', counted.ttlInSeconds),
            describeProblem('too-many-requests', 'too many refused credentials from this address'),
          );
        const invalid = request.headers.authorization === undefined ? '' : ', error="invalid_token"';
        return send(reply.header('www-authenticate', `Bearer realm="${parts.realm}"${invalid}`), problem);
      });
      api.setNotFoundHandler((_request, reply) => send(reply, describeProblem('not-found')));
      api.addHook('onRoute', ({ config, url }) => {
        // A route that nobody said who may use is a hole, whoever adds it.
        if (config === undefined || !('access' in config))
          throw new Error(`${url} says nothing about who may use it`);
      });
      const turns = new Turns(COSTLY);
      addDocuments(api, describeOpenApi(OPERATIONS, parts.version));
      for (const [group, operations] of Object.entries(OPERATIONS))
        for (const [name, operation] of Object.entries(operations))
          addOperation(api, operation, handlerOf(group, name), { ...parts, ...browsers, turns });
    },
    { prefix: API_PREFIX },
  );
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
  parts: ServingParts,
): void {
  const { method, path, access, status = 200, response, costly } = operation;
  api.route({
    method,
    url: path.replaceAll(':', '::').replaceAll(/\{(\w+)\}/g, ':$1'),
    bodyLimit: BODY_BYTES,
    config: { access },
    handler: async (request, reply) => {
      const context = await enter(request, operation, parts);
      const parsed = readRequest(operation, request);
      const work = () => handle(parsed, context);
      const answer = await (costly ? parts.turns.take(work) : work());
      if (answer.session === null) parts.cookie.clear(request, reply);
      else if (answer.session) {
        const { id, session } = answer.session;
        parts.cookie.set(request, reply, id, Math.floor((session.endsAt - parts.now()) / 1000));
      }
      if (answer.revision !== undefined) reply.header('etag', formatTag(answer.revision));
      // What the contract does not name never leaves.
      return reply.code(status).send(response.parse(answer.body));
    },
  });
}

/** A session that was refused does not come to life again. */
function forget({ sessions, cookie }: Browsers, request: FastifyRequest, reply: FastifyReply): void {
  const id = cookie.read(request);
  if (id !== undefined) sessions.end(id);
  cookie.clear(request, reply);
}

/** Everything that is asked before a handler runs. */
async function enter(
  request: FastifyRequest,
  operation: Operation,
  parts: ServingParts,
): Promise<HandlerContext> {
  const { store, issuing, sessions, cookie } = parts;
  const access = await identify(request, parts);
  const reader = new Reader(store);
  const { grants } = await access.standing(reader);
  if (
    operation.access !== 'public' &&
    operation.access !== 'signed-in' &&
    !includesRole(grants.highest, operation.access)
  )
    throw new Refused('forbidden', `this needs the role ${operation.access}`);
  const { tree } = buildNamespaceTree(await reader.collect('namespace'));
  return {
    store,
    reader,
    access,
    grants,
    tree,
    sessions,
    sessionId: cookie.read(request),
    explaining: parts.explaining,
    issuing: async () => {
      if (issuing) return issuing();
      throw new AccountError(
        'keys.credential is not set: credentials are made on a machine that holds the key to sign them',
      );
    },
  };
}

function send(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}
