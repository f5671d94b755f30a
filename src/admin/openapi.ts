import { z } from 'zod';
import { API_PREFIX } from '../contract/contract.ts';
import { BODY_BYTES, type Operation } from '../contract/operation.ts';
import { PplDocument } from '../policy/policy-schema.ts';
import { createPplSchema } from '../policy/ppl-schema.ts';
import { type JsonSchema, NamedSchemas } from './named-schemas.ts';
import { type ProblemCode, TITLES } from './problem.ts';

/** Operations by group and name; `OPERATIONS` fits. */
export type DescribedGroups = Readonly<Record<string, Readonly<Record<string, Operation>>>>;
type Json = Readonly<Record<string, unknown>>;

export const API_TITLE = 'Sallyport admin API';

export const GROUPS: Readonly<Record<string, { readonly title: string; readonly description: string }>> = {
  self: { title: 'The caller', description: 'The account that authenticated, and its roles.' },
  session: { title: 'Browser sessions', description: 'A cookie in place of a credential, for browsers.' },
  namespaces: { title: 'Namespaces', description: 'The tree that everything but the directory belongs to.' },
  serviceAccounts: {
    title: 'Service accounts',
    description: 'Machine identities and their credentials.',
  },
  policies: {
    title: 'Policies',
    description: 'Rules in the Pomerium Policy Language, and ways to try them before they decide.',
  },
  routes: { title: 'Routes', description: 'Hosts and paths, and the policies that decide for them.' },
  roleBindings: { title: 'Role bindings', description: 'Which account has which role in which namespace.' },
  directoryUsers: { title: 'Directory users', description: 'People that service accounts may impersonate.' },
  directoryGroups: { title: 'Directory groups', description: 'Groups that directory users belong to.' },
  resources: {
    title: 'Bulk changes',
    description: 'Many resources in one transaction, and all of them as documents.',
  },
  decisions: { title: 'Decisions', description: 'What the sidecars decided, and why they would decide so.' },
  activity: {
    title: 'Activity',
    description: 'Every change: who made it, when, and what it was before and after.',
  },
};

const PROBLEMS: Readonly<Record<ProblemCode, string>> = {
  invalid: 'The request cannot be read, or a field is not valid; `errors` says which.',
  unauthenticated: 'No credential, or one that is not valid (any more).',
  forbidden: 'The caller lacks a role; `detail` names it.',
  'not-found': 'It does not exist, or the caller may not see it.',
  'method-not-allowed': 'The path does not take this method; `Allow` lists those that it takes.',
  conflict: 'The id is in use, or another change was committed at the same time.',
  'precondition-failed': 'The resource is not in the state that `If-Match` or `If-None-Match` expects.',
  'precondition-required': 'Replacing a resource needs `If-Match`.',
  'too-large': 'The body is longer than the operation takes.',
  'unsupported-media-type': 'The body is not JSON, or has a `Content-Encoding`.',
  unprocessable: 'The request is well-formed, but the change is not possible; nothing was changed.',
  'too-many-requests': 'Too many refused credentials, long-running requests or large bodies. Retry later.',
  fault: 'An unexpected error, which the server has logged.',
  unavailable: 'The store is unavailable. Retry later.',
};

/** What any operation may answer. */
const COMMON: readonly ProblemCode[] = [
  'invalid',
  'unauthenticated',
  'forbidden',
  'too-many-requests',
  'fault',
  'unavailable',
];

export function describeOpenApi(groups: DescribedGroups, version: string): Json {
  const schemas = new NamedSchemas();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [group, operations] of Object.entries(groups))
    for (const [name, operation] of Object.entries(operations)) {
      if (operation.local) continue;
      paths[operation.path] = {
        ...paths[operation.path],
        [operation.method.toLowerCase()]: describeOperation(group, name, operation, schemas),
      };
    }
  return schemas.resolve({
    openapi: '3.1.0',
    info: {
      title: API_TITLE,
      version,
      description:
        'Service accounts, policies and routes of an Envoy mesh, who may manage them, and what happened. `x-sallyport-access` of an operation is the least role that may call it; where the role must hold depends on the namespace of what is read or written.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      contact: { name: 'The operators of this server' },
    },
    servers: [{ url: API_PREFIX, description: 'The server that this document comes from.' }],
    security: [{ credential: [] }, { session: [] }],
    tags: Object.keys(groups).map((name) => ({ name, description: GROUPS[name]?.description ?? name })),
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      headers: HEADERS,
      parameters: PARAMETERS,
      responses: problemResponses(),
      schemas: { ...schemas.all(), ...pplSchemas(), Problem: PROBLEM_SCHEMA },
    },
  });
}

function describeOperation(group: string, name: string, operation: Operation, schemas: NamedSchemas): Json {
  const { summary, access, body, response, status = 200, maxBytes = BODY_BYTES, precondition } = operation;
  const answer = schemas.describe(response, 'response');
  const tagged = operation.cacheable || (precondition === 'required' && operation.method === 'PUT');
  return {
    operationId: `${group}.${name}`,
    tags: [group],
    summary,
    description: `${summary}. ${accessText(access)}`,
    'x-sallyport-access': access,
    parameters: [
      ...parametersOf('path', operation.params, schemas),
      ...parametersOf('query', operation.query, schemas),
      ...(precondition ? [ref('parameters', 'IfMatch')] : []),
      ...(precondition === 'required' ? [ref('parameters', 'IfNoneExists')] : []),
      ...(operation.cacheable ? [ref('parameters', 'IfChanged')] : []),
    ],
    ...(body && {
      requestBody: {
        required: true,
        description: `JSON of at most ${maxBytes / 1024} KiB.`,
        content: { 'application/json': media(schemas.describe(body, 'request'), schemas) },
      },
    }),
    responses: {
      [status]: {
        description: schemas.follow(answer).description,
        ...(tagged && { headers: { ETag: ref('headers', 'ETag') } }),
        content: { 'application/json': media(answer, schemas) },
      },
      ...(operation.cacheable && {
        304: { description: 'Not changed since the ETag in `If-None-Match`.' },
      }),
      ...Object.fromEntries(
        problemsOf(operation).map((code) => [String(TITLES[code][0]), ref('responses', code)]),
      ),
    },
  };
}

function media(schema: JsonSchema, schemas: NamedSchemas): Json {
  return { schema, example: schemas.exampleOf(schema) };
}

function accessText(access: Operation['access']): string {
  switch (access) {
    case 'public':
      return 'Needs no credential.';
    case 'signed-in':
      return 'Needs a credential or a session.';
    default:
      return `Needs the role \`${access}\`.`;
  }
}

/** Of each operation those that it may answer, in the order of their status. */
function problemsOf({ access, method, body, precondition, problems = [] }: Operation): ProblemCode[] {
  const changes = method !== 'GET' && (access === 'manager' || access === 'admin');
  const found = new Set<ProblemCode>([
    ...COMMON,
    ...problems,
    ...(access === 'public' || access === 'signed-in' ? [] : (['not-found'] as const)),
    ...(changes ? (['conflict', 'unprocessable'] as const) : []),
    ...(body ? (['too-large', 'unsupported-media-type'] as const) : []),
    ...(precondition ? (['precondition-failed'] as const) : []),
    ...(precondition === 'required' ? (['precondition-required'] as const) : []),
  ]);
  return [...found].sort((a, b) => TITLES[a][0] - TITLES[b][0]);
}

function parametersOf(
  place: 'path' | 'query',
  schema: z.ZodObject | undefined,
  schemas: NamedSchemas,
): Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => {
    const { description, ...described } = schemas.describe(field, 'request');
    return {
      name,
      in: place,
      required: place === 'path' || !z.safeParse(field, undefined).success,
      description,
      schema: described,
    };
  });
}

function ref(section: string, name: string): Json {
  return { $ref: `#/components/${section}/${name}` };
}

const SECURITY_SCHEMES = {
  credential: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'A credential for the admin API, from `sallyport bootstrap`, `sa rotate --for admin` or `POST /service-accounts/{id}/credentials`.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-sallyport',
    description:
      'The cookie that `POST /session` sets. It ends with the credential at the latest. A method other than GET also needs the header `sallyport-csrf: 1`. If `Authorization` is present, the cookie is ignored.',
  },
};

const HEADERS = {
  ETag: {
    description: 'The revision of the resource, for `If-Match` and `If-None-Match`.',
    schema: { type: 'string' },
    example: '"42"',
  },
  RetryAfter: {
    description: 'Seconds after which a retry may succeed.',
    schema: { type: 'integer', minimum: 0 },
    example: 2,
  },
  Authenticate: {
    description: 'The scheme that is expected, and `error="invalid_token"` if a credential was refused.',
    schema: { type: 'string' },
    example: 'Bearer realm="sallyport"',
  },
};

const PARAMETERS = {
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    description: 'The ETag of the version that this changes, or `*` for any version.',
    schema: { type: 'string' },
    example: '"42"',
  },
  IfNoneExists: {
    name: 'If-None-Match',
    in: 'header',
    description: '`*`: only create, and fail if the id exists.',
    schema: { type: 'string' },
    example: '*',
  },
  IfChanged: {
    name: 'If-None-Match',
    in: 'header',
    description: 'ETags that the client has. If the resource still has one of them, the answer is 304.',
    schema: { type: 'string' },
    example: '"42"',
  },
};

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'Problem details (RFC 9457) with a code for programs.',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string', description: 'Always `about:blank`.' },
    title: { type: 'string', description: 'The name of the status.' },
    status: { type: 'integer', description: 'The HTTP status.' },
    code: {
      type: 'string',
      description: 'Why the request was refused. Stable, unlike `detail`.',
      enum: Object.keys(TITLES),
    },
    detail: { type: 'string', description: 'A sentence for people; may change.' },
    errors: {
      type: 'array',
      description: 'The issues of the request, at most 100.',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: {
          path: { type: 'string', description: 'Where the issue is, such as `body.hosts.0`.' },
          message: { type: 'string', description: 'What was expected.' },
        },
      },
    },
  },
};

/** One for each code, and so for each status. No operation answers 405: its path has no operation of that method. */
function problemResponses(): Json {
  const codes = (Object.keys(PROBLEMS) as ProblemCode[]).filter((code) => code !== 'method-not-allowed');
  return Object.fromEntries(
    codes.map((code) => {
      const [status, title] = TITLES[code];
      return [
        code,
        {
          description: PROBLEMS[code],
          ...(code === 'too-many-requests' && { headers: { 'Retry-After': ref('headers', 'RetryAfter') } }),
          ...(code === 'unauthenticated' && {
            headers: { 'WWW-Authenticate': ref('headers', 'Authenticate') },
          }),
          content: {
            'application/problem+json': {
              schema: {
                allOf: [
                  ref('schemas', 'Problem'),
                  {
                    type: 'object',
                    properties: {
                      status: { const: status, description: 'The HTTP status.' },
                      code: { const: code, description: PROBLEMS[code] },
                    },
                  },
                ],
              },
              example: { type: 'about:blank', title, status, code },
            },
          },
        },
      ];
    }),
  );
}

/** The policy language, as `docs/ppl.schema.json` has it, and beside it the same as text. */
function pplSchemas(): Record<string, unknown> {
  const placed = JSON.stringify(createPplSchema(), (key, value: unknown) =>
    key === '$schema' ? undefined : value,
  );
  const moved = placed.replaceAll(/"#\/\$defs\/([\w-]+)"/g, (_, name: string) =>
    JSON.stringify(`#/components/schemas/${pplName(name)}`),
  );
  const { $defs, anyOf, title } = PplSchema.parse(JSON.parse(moved));
  const { description } = PplDocument.meta() ?? {};
  return {
    PplDocument: {
      title,
      description,
      anyOf: [{ type: 'string', description: 'The document as YAML or JSON text.' }, ...anyOf],
    },
    ...Object.fromEntries(Object.entries($defs).map(([name, schema]) => [pplName(name), schema])),
  };
}

const PplSchema = z.object({
  title: z.string(),
  anyOf: z.array(z.unknown()),
  $defs: z.record(z.string(), z.unknown()),
});

function pplName(name: string): string {
  return `Ppl${name.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
}
