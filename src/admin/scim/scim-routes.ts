import type { Lane } from '../admission.ts';
import {
  changeGroupByPatch,
  createGroup,
  deleteGroup,
  getGroup,
  listGroups,
  replaceGroup,
  searchForGroups,
} from './group-handlers.ts';
import type { ScimHandler } from './scim-handler.ts';
import { ScimRefusal } from './scim-refusal.ts';
import { RESOURCE_TYPES, SCHEMAS, SERVICE_PROVIDER_CONFIG } from './scim-schemas.ts';
import {
  changeUserByPatch,
  createUser,
  deleteUser,
  getUser,
  listUsers,
  replaceUser,
  searchForUsers,
} from './user-handlers.ts';

/** Who may call: any caller with an admin credential, or an admin of `global`, which owns the directory. */
export type ScimAccess = 'signed-in' | 'admin-of-global';

export interface ScimRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly access: ScimAccess;
  readonly handle: ScimHandler;
  /** Bytes of a body. */
  readonly maxBytes: number;
  /** Absent: it takes a few milliseconds. */
  readonly costly?: Lane;
}

/** Of one user; a search and its filter. */
const USER_BYTES = 256 * 1024;
/** Of a group with thousands of members. */
const GROUP_BYTES = 8 * 1024 * 1024;

/** Everything below `/scim/v2`. */
export const SCIM_ROUTES: readonly ScimRoute[] = [
  ...directoryRoutes(
    '/Users',
    {
      list: listUsers,
      search: searchForUsers,
      create: createUser,
      get: getUser,
      replace: replaceUser,
      patch: changeUserByPatch,
      remove: deleteUser,
    },
    { maxBytes: USER_BYTES },
  ),
  ...directoryRoutes(
    '/Groups',
    {
      list: listGroups,
      search: searchForGroups,
      create: createGroup,
      get: getGroup,
      replace: replaceGroup,
      patch: changeGroupByPatch,
      remove: deleteGroup,
    },
    { maxBytes: GROUP_BYTES, changes: 'large' },
  ),
  discovery('/ServiceProviderConfig', async () => ({ status: 200, body: SERVICE_PROVIDER_CONFIG })),
  ...catalogRoutes('/ResourceTypes', RESOURCE_TYPES),
  ...catalogRoutes('/Schemas', SCHEMAS),
  unsupported('POST', '/.search'),
  unsupported('POST', '/Bulk'),
  ...(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).map((method) => unsupported(method, '/Me')),
];

type Verb = 'list' | 'search' | 'create' | 'get' | 'replace' | 'patch' | 'remove';

function directoryRoutes(
  url: string,
  handlers: Readonly<Record<Verb, ScimHandler>>,
  { maxBytes, changes }: { readonly maxBytes: number; readonly changes?: Lane },
): ScimRoute[] {
  const one = `${url}/:id`;
  const shared = { access: 'admin-of-global', maxBytes } as const;
  const looks = { ...shared, maxBytes: USER_BYTES, costly: 'long' } as const;
  const writes = { ...shared, ...(changes && { costly: changes }) };
  return [
    { method: 'GET', url, handle: handlers.list, ...looks },
    { method: 'POST', url: `${url}/.search`, handle: handlers.search, ...looks },
    { method: 'POST', url, handle: handlers.create, ...writes },
    { method: 'GET', url: one, handle: handlers.get, ...shared },
    { method: 'PUT', url: one, handle: handlers.replace, ...writes },
    { method: 'PATCH', url: one, handle: handlers.patch, ...writes },
    { method: 'DELETE', url: one, handle: handlers.remove, ...writes },
  ];
}

function discovery(url: string, handle: ScimHandler): ScimRoute {
  return { method: 'GET', url, access: 'signed-in', handle, maxBytes: USER_BYTES };
}

/** What is listed in whole, without filters; RFC 7644 §4. */
function catalogRoutes(url: string, entries: readonly { readonly id: string }[]): ScimRoute[] {
  return [
    discovery(url, async () => ({
      status: 200,
      body: {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
        totalResults: entries.length,
        startIndex: 1,
        itemsPerPage: entries.length,
        Resources: entries,
      },
    })),
    discovery(`${url}/:id`, async ({ id }) => {
      const body = entries.find((entry) => entry.id.toLowerCase() === id.toLowerCase());
      if (!body) throw new ScimRefusal(404, `there is no ${JSON.stringify(id)}`);
      return { status: 200, body };
    }),
  ];
}

function unsupported(method: ScimRoute['method'], url: string): ScimRoute {
  const handle: ScimHandler = async () => {
    throw new ScimRefusal(501, `${url.slice(1)} is not supported`);
  };
  return { method, url, access: 'signed-in', handle, maxBytes: USER_BYTES };
}
