import type { DirectoryUser } from '../../accounts/directory.ts';
import { parseResource } from '../../resources/parse-resource.ts';
import type { Reader } from '../../resources/reader.ts';
import { removeDirectoryUsers } from '../../resources/remove-directory-users.ts';
import type { Resource } from '../../resources/resource.ts';
import { changeDirectory, ORIGIN } from './change-directory.ts';
import { parsePatchRequest } from './patch-request.ts';
import { patchUser } from './patch-user.ts';
import { project } from './projection.ts';
import type { ScimAnswer, ScimContext, ScimHandler, ScimRequest } from './scim-handler.ts';
import { ScimRefusal } from './scim-refusal.ts';
import { search } from './search.ts';
import { parseSearchQuery, parseSearchRequest, type SearchQuery } from './search-query.ts';
import { checkUserName, parseUserBody, userOfBody } from './user-body.ts';
import { type UserResource, userResource } from './user-resource.ts';
import { checkVersion } from './version.ts';

export const listUsers: ScimHandler = async ({ query }, context) =>
  searchUsers(parseSearchQuery(query), context);

export const searchForUsers: ScimHandler = async ({ body }, context) =>
  searchUsers(parseSearchRequest(body), context);

async function searchUsers(query: SearchQuery, { index, reader }: ScimContext): Promise<ScimAnswer> {
  const directory = await index.read();
  const body = await search(query, {
    ids: () => directory.userIds(),
    lookUp(attribute, value) {
      if (attribute === 'id') return [value];
      if (attribute === 'userName') return directory.usersNamed(value);
      return attribute === 'externalId' ? directory.usersOf(value) : undefined;
    },
    async load(ids) {
      const users = await reader.findAll('directory_user', ids);
      return ids.flatMap((id) => {
        const user = users.get(id);
        if (!user || user.deleted) return [];
        return [{ id, weight: 0, resource: userResource(user, (group) => directory.group(group)?.name) }];
      });
    },
  });
  return { status: 200, body };
}

export const getUser: ScimHandler = async ({ id, query }, { reader }) => {
  const selected = parseSearchQuery(query);
  return answerUser(200, await describe(await findUser(reader, id), reader), selected);
};

export const createUser: ScimHandler = async ({ body, query }, context) => {
  const wanted = parseUserBody(body);
  const selected = parseSearchQuery(query);
  return changeDirectory(context, async (reader, directory) => {
    await checkNameIsFree(wanted.userName, reader, (name) => directory().then((all) => all.usersNamed(name)));
    const resource = userOf(userOfBody(wanted, undefined));
    return {
      resources: [resource],
      answer: answerUser(201, await describe(resource.spec, reader), selected),
    };
  });
};

export const replaceUser: ScimHandler = async (request, context) => {
  const wanted = parseUserBody(request.body);
  return changeUser(request, context, (user) => {
    checkUserName(wanted, user.id);
    return userOfBody(wanted, user);
  });
};

export const changeUserByPatch: ScimHandler = async (request, context) => {
  const operations = parsePatchRequest(request.body);
  return changeUser(request, context, (user) => patchUser(user, operations));
};

async function changeUser(
  { id, query, ifMatch }: ScimRequest,
  context: ScimContext,
  change: (user: DirectoryUser) => object,
): Promise<ScimAnswer> {
  const selected = parseSearchQuery(query);
  return changeDirectory(context, async (reader) => {
    const user = await findUser(reader, id);
    checkVersion(ifMatch, (await describe(user, reader)).meta.version);
    const resource = userOf(change(user));
    return {
      resources: [resource],
      answer: answerUser(200, await describe(resource.spec, reader), selected),
    };
  });
}

/** To the identity provider the user is gone at once, and so is every access through accounts that stand for them. */
export const deleteUser: ScimHandler = async ({ id, ifMatch }, context) =>
  changeDirectory(context, async (reader) => {
    const user = await findUser(reader, id);
    checkVersion(ifMatch, (await describe(user, reader)).meta.version);
    const { resources, removals } = await removeDirectoryUsers([user], reader, ORIGIN);
    return { resources, removals, answer: { status: 204 } as const };
  });

async function findUser(reader: Reader, id: string): Promise<DirectoryUser> {
  const user = await reader.find('directory_user', id);
  if (!user || user.deleted) throw new ScimRefusal(404, `there is no user ${JSON.stringify(id)}`);
  return user;
}

type UserToWrite = Extract<Resource, { kind: 'DirectoryUser' }>;

/** Throws `ResourceError`, which names what is not as it has to be. */
function userOf(fields: object): UserToWrite {
  const resource = parseResource('DirectoryUser', fields, ORIGIN);
  if (resource.kind !== 'DirectoryUser') throw new TypeError('it is no directory user');
  return resource;
}

/** No name that differs only in letter case either, for SCIM tells no difference; nor an account's, policies name both alike. */
async function checkNameIsFree(
  name: string,
  reader: Reader,
  namesakes: (name: string) => Promise<readonly string[]>,
): Promise<void> {
  const taken = (await namesakes(name))[0];
  if (taken !== undefined)
    throw new ScimRefusal('uniqueness', `there is a user ${JSON.stringify(taken)} already`);
  if (await reader.find('user_id', name))
    throw new ScimRefusal(
      'uniqueness',
      `${JSON.stringify(name)} is the user ID of a service account, and is never given twice`,
    );
}

async function describe(user: DirectoryUser, reader: Reader): Promise<UserResource> {
  const groups = await reader.findAll('directory_group', user.groups);
  return userResource(user, (group) => groups.get(group)?.name);
}

function answerUser(
  status: 200 | 201,
  resource: UserResource,
  selected: Pick<SearchQuery, 'attributes' | 'excludedAttributes'>,
): ScimAnswer {
  const { version, location } = resource.meta;
  return { status, body: project(resource, selected), version, location };
}
