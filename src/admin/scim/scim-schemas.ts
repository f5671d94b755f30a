/** Where SCIM is; RFC 7644 §3.13. */
export const SCIM_PREFIX = '/scim/v2';

export const USER_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const GROUP_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Group';
/** The path of an attribute without the schema that it is of, where that is one of the two; RFC 7644 §3.10. */
export function withoutCoreSchema(path: string): string {
  const core = [USER_SCHEMA, GROUP_SCHEMA].find((schema) =>
    path.toLowerCase().startsWith(`${schema.toLowerCase()}:`),
  );
  return core === undefined ? path : path.slice(core.length + 1);
}

const SCHEMA_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:Schema';
const RESOURCE_TYPE_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType';
const PROVIDER_CONFIG_SCHEMA = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig';

/** The most resources that a list holds at once. */
export const MAX_RESULTS = 1000;

interface Attribute {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'complex' | 'reference';
  readonly description: string;
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable';
  readonly returned: 'always' | 'default';
  readonly caseExact?: boolean;
  readonly uniqueness?: 'none' | 'server';
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly Attribute[];
}

/** An attribute with the characteristics that most have; RFC 7643 §2.2. */
function attribute(name: string, description: string, rest: Partial<Attribute> = {}): Attribute {
  const { type = 'string' } = rest;
  return {
    name,
    type,
    description,
    multiValued: false,
    required: false,
    mutability: 'readWrite',
    returned: 'default',
    ...((type === 'string' || type === 'reference') && { caseExact: false, uniqueness: 'none' as const }),
    ...rest,
  };
}

const READ_ONLY = { mutability: 'readOnly' } as const;
const EXTERNAL_ID = attribute('externalId', "The identity provider's name for it.", { caseExact: true });

const USER_ATTRIBUTES = [
  attribute('userName', 'The user ID: what policies and accounts name. It never changes.', {
    required: true,
    mutability: 'immutable',
    uniqueness: 'server',
  }),
  EXTERNAL_ID,
  attribute('displayName', 'The name that people read.'),
  attribute('name', 'Parts of the name.', {
    type: 'complex',
    subAttributes: [
      attribute('formatted', 'The name that people read.'),
      attribute('givenName', 'The given name.'),
      attribute('familyName', 'The family name.'),
    ],
  }),
  attribute('emails', 'One address is kept: the primary one, else that for work, else the first.', {
    type: 'complex',
    multiValued: true,
    subAttributes: [
      attribute('value', 'The address.'),
      attribute('type', 'Always work.'),
      attribute('primary', 'Whether it is the one that counts.', { type: 'boolean' }),
    ],
  }),
  attribute('active', 'Where false, every account that stands for the user is refused.', { type: 'boolean' }),
  attribute('groups', 'The groups that the user is a member of; changed through the groups.', {
    type: 'complex',
    multiValued: true,
    ...READ_ONLY,
    subAttributes: [
      attribute('value', 'The id of the group, which policies name.', { caseExact: true, ...READ_ONLY }),
      attribute('display', 'The name of the group.', READ_ONLY),
      attribute('$ref', 'Where the group is.', {
        type: 'reference',
        referenceTypes: ['Group'],
        ...READ_ONLY,
      }),
      attribute('type', 'Always direct.', READ_ONLY),
    ],
  }),
];

const GROUP_ATTRIBUTES = [
  attribute('displayName', 'The name that people read.', { required: true, uniqueness: 'server' }),
  EXTERNAL_ID,
  attribute('members', 'The users in the group.', {
    type: 'complex',
    multiValued: true,
    subAttributes: [
      attribute('value', 'The id of the user.', { caseExact: true, mutability: 'immutable' }),
      attribute('$ref', 'Where the user is.', {
        type: 'reference',
        referenceTypes: ['User'],
        mutability: 'immutable',
      }),
      attribute('type', 'Always User.', { mutability: 'immutable' }),
    ],
  }),
];

/** RFC 7643 §7 */
export const SCHEMAS = [
  describeSchema(USER_SCHEMA, 'User', 'Who a service account may stand for.', USER_ATTRIBUTES),
  describeSchema(GROUP_SCHEMA, 'Group', 'A group, which policies name by its id.', GROUP_ATTRIBUTES),
];

function describeSchema(id: string, name: string, description: string, attributes: readonly Attribute[]) {
  const meta = { resourceType: 'Schema', location: `${SCIM_PREFIX}/Schemas/${id}` };
  return { schemas: [SCHEMA_SCHEMA], id, name, description, attributes, meta };
}

/** RFC 7643 §6 */
export const RESOURCE_TYPES = [
  describeType('User', '/Users', 'Who a service account may stand for.', USER_SCHEMA),
  describeType('Group', '/Groups', 'A group, which policies name by its id.', GROUP_SCHEMA),
];

function describeType(id: string, endpoint: string, description: string, schema: string) {
  const meta = { resourceType: 'ResourceType', location: `${SCIM_PREFIX}/ResourceTypes/${id}` };
  return { schemas: [RESOURCE_TYPE_SCHEMA], id, name: id, endpoint, description, schema, meta };
}

/** RFC 7643 §5 */
export const SERVICE_PROVIDER_CONFIG = {
  schemas: [PROVIDER_CONFIG_SCHEMA],
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: MAX_RESULTS },
  changePassword: { supported: false },
  sort: { supported: true },
  etag: { supported: true },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Admin credential',
      description: 'The JWT of a service account that is admin of global, made for the admin API.',
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: `${SCIM_PREFIX}/ServiceProviderConfig` },
};
