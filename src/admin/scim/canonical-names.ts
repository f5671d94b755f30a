/** Every name of an attribute that is read; in a request it may be in any letter case (RFC 7643 §2.1). */
const NAMES = new Map(
  [
    ...[
      'schemas',
      'id',
      'externalId',
      'meta',
      'userName',
      'displayName',
      'name',
      'active',
      'emails',
      'groups',
    ],
    ...['formatted', 'givenName', 'familyName', 'middleName', 'honorificPrefix', 'honorificSuffix'],
    ...['members', 'value', 'display', 'type', 'primary', '$ref', 'op', 'path', 'Operations', 'filter'],
    ...['attributes', 'excludedAttributes', 'sortBy', 'sortOrder', 'startIndex', 'count'],
    ...['nickName', 'profileUrl', 'title', 'userType', 'preferredLanguage', 'locale', 'timezone', 'password'],
    ...['phoneNumbers', 'ims', 'photos', 'addresses', 'entitlements', 'roles', 'x509Certificates'],
  ].map((name) => [name.toLowerCase(), name]),
);

/** The name as the RFCs write it; undefined if it is unknown. */
export function canonicalName(name: string): string | undefined {
  return NAMES.get(name.toLowerCase());
}

const MAX_DEPTH = 16;

/** The same JSON, every known name of an attribute as the RFCs write it. */
export function withCanonicalNames(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => withCanonicalNames(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      canonicalName(name) ?? name,
      withCanonicalNames(field, depth + 1),
    ]),
  );
}
