import type { LightMyRequestResponse } from 'fastify';
import type { AdminWorld } from './admin-world.ts';

export interface ScimCall {
  readonly jwt?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type ScimMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Asks SCIM as an identity provider does. */
export function scimCall(
  world: Pick<AdminWorld, 'app'>,
  method: ScimMethod,
  path: string,
  { jwt, body, headers = {} }: ScimCall = {},
): Promise<LightMyRequestResponse> {
  return world.app.inject({
    method,
    url: `/scim/v2${path}`,
    headers: {
      ...(jwt !== undefined && { authorization: `Bearer ${jwt}` }),
      ...(body !== undefined && { 'content-type': 'application/scim+json' }),
      ...headers,
    },
    ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

export function patchOf(...Operations: object[]): object {
  return { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations };
}

export function newUser(userName: string, more: object = {}): object {
  return { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName, ...more };
}

export function newGroup(displayName: string, members: readonly string[] = []): object {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
    displayName,
    members: members.map((value) => ({ value })),
  };
}
