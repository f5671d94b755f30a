import { z } from 'zod';
import { API_PREFIX } from '../contract/contract.ts';
import { BODY_BYTES, type Operation } from '../contract/operation.ts';

type Groups = Readonly<Record<string, Readonly<Record<string, Operation>>>>;
type Json = Readonly<Record<string, unknown>>;

const PROBLEMS = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'RFC 9457, with a code that programs go by.',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};

/** The contract as OpenAPI 3.1. */
export function describeOpenApi(groups: Groups, version: string): Json {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [group, operations] of Object.entries(groups))
    for (const [name, operation] of Object.entries(operations)) {
      if (operation.local) continue;
      const path = `${API_PREFIX}${operation.path}`;
      paths[path] = {
        ...paths[path],
        [operation.method.toLowerCase()]: describeOperation(group, name, operation),
      };
    }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sallyport admin API',
      version,
      description:
        'Service accounts, policies and routes of an Envoy mesh, who may manage them, and what happened.',
    },
    security: [{ credential: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        credential: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'A credential made for the admin API: sallyport bootstrap, or sa rotate --for admin.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-sallyport',
          description:
            'What POST /session sets; it ends with the credential at the latest. Whatever is no GET needs the header sallyport-csrf: 1 too. Where Authorization is there, that alone counts.',
        },
      },
      schemas: { Problem: PROBLEM_SCHEMA },
    },
  };
}

function describeOperation(group: string, name: string, operation: Operation): Json {
  const { summary, access, body, response, status = 200, precondition, maxBytes = BODY_BYTES } = operation;
  const errors = Object.entries(PROBLEMS).map(([code, description]) => [
    code,
    {
      description,
      ...(code === '429' && { headers: RETRY_AFTER }),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  ]);
  return {
    operationId: `${group}.${name}`,
    tags: [group],
    summary,
    'x-sallyport-access': access,
    parameters: [
      ...parametersOf('path', operation.params),
      ...parametersOf('query', operation.query),
      ...(precondition ? PRECONDITIONS : []),
    ],
    ...(body && {
      requestBody: {
        required: true,
        description: `At most ${maxBytes / 1024} KiB.`,
        content: { 'application/json': { schema: schemaOf(body) } },
      },
    }),
    responses: {
      [status]: { description: 'Done', content: { 'application/json': { schema: schemaOf(response) } } },
      ...Object.fromEntries(errors),
    },
  };
}

const RETRY_AFTER = {
  'Retry-After': { description: 'Seconds.', schema: { type: 'integer', minimum: 0 } },
};

const PRECONDITIONS = [
  {
    name: 'If-Match',
    in: 'header',
    required: false,
    description: 'The ETag of what this replaces, or *.',
    schema: { type: 'string' },
  },
  {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: '* where there must be none yet.',
    schema: { type: 'string' },
  },
];

function parametersOf(place: 'path' | 'query', schema: z.ZodObject | undefined): Json[] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => {
    const described = schemaOf(field);
    return {
      name,
      in: place,
      required: place === 'path' || !field.safeParse(undefined).success,
      ...('description' in described && { description: described.description }),
      schema: described,
    };
  });
}

function schemaOf(schema: z.core.$ZodType): Json {
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return withoutReferences(described);
}

/** The one schema that refers to itself is that of any JSON, which an empty one says as well. */
function withoutReferences(described: object): Json {
  return JSON.parse(
    JSON.stringify(described, (key, value: unknown) => {
      if (key === '$defs' || key === '$schema') return undefined;
      return isReference(value) ? {} : value;
    }),
  );
}

function isReference(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '$ref' in value;
}
