import { randomBytes } from 'node:crypto';
import { type DirectoryUser, userNameOf } from '../../accounts/directory-schema.ts';
import { unseenProblem } from '../../accounts/unseen-characters.ts';
import { parseResource } from '../../manifests/read-resource-value.ts';
import { REQUEST, type Resource } from '../../manifests/resource.ts';
import { changeDirectory } from '../../operations/change-directory.ts';
import { removeDirectoryUsers } from '../../operations/changes/remove-directory-users.ts';
import type { Reader } from '../../operations/reader.ts';
import {
  type Attempt,
  droppedBy,
  patchDeactivates,
  putDeactivates,
  type UserChange,
} from './deactivation.ts';
import type { DirectoryContent } from './directory-content.ts';
import { parsePatchRequest, splitPatchRequest } from './patch-request.ts';
import { patchUser, patchUserInParts } from './patch-user.ts';
import { answerResource } from './projection.ts';
import type { ScimAnswer, ScimContext, ScimHandler, ScimRequest } from './scim-handler.ts';
import { ScimRefusal } from './scim-refusal.ts';
import { search } from './search.ts';
import { parseSearchQuery, parseSearchRequest, type SearchQuery } from './search-query.ts';
import { parseUserBody, replaceUserInParts, userOfBody } from './user-body.ts';
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
  return answerResource(200, await describe(await findUser(reader, id), reader), selected);
};

export const createUser: ScimHandler = async ({ body, query }, context) => {
  const wanted = parseUserBody(body);
  const selected = parseSearchQuery(query);
  return changeDirectory(context, async (reader) => {
    const content = await context.index.read();
    checkNameIsFree(content, wanted.userName, undefined);
    const resource = userOf(userOfBody(wanted, undefined, await chooseId(wanted.userName, content, reader)));
    return {
      resources: [resource],
      answer: answerResource(201, await describe(resource.spec, reader), selected),
    };
  });
};

export const replaceUser: ScimHandler = async (request, context) =>
  changeUser(request, context, {
    whole: (user) => userOfBody(parseUserBody(request.body), user),
    parts: (user, attempt) => replaceUserInParts(user, request.body, attempt),
    deactivates: putDeactivates(request.body),
  });

export const changeUserByPatch: ScimHandler = async (request, context) =>
  changeUser(request, context, {
    whole: (user) => patchUser(user, parsePatchRequest(request.body)),
    parts: (user, attempt) => patchUserInParts(user, splitPatchRequest(request.body) ?? [], attempt),
    deactivates: patchDeactivates(request.body),
  });

/** Of what is dropped, as it goes into the log. */
const MAX_LOGGED = 10;
const MAX_LOGGED_LENGTH = 200;

/** All that is asked for, or nothing; but that a user is deactivated is never lost for what is beside it. */
async function changeUser(
  request: ScimRequest,
  context: ScimContext,
  change: UserChange,
): Promise<ScimAnswer> {
  try {
    return await changeWhole(request, context, change);
  } catch (error) {
    const refusal = droppedBy(error);
    if (!change.deactivates || refusal === undefined) throw error;
    return deactivate(request, context, change, refusal);
  }
}

async function changeWhole(
  { id, query, ifMatch }: ScimRequest,
  context: ScimContext,
  change: UserChange,
): Promise<ScimAnswer> {
  return changeDirectory(context, async (reader) => {
    const user = await findUser(reader, id);
    checkVersion(ifMatch, (await describe(user, reader)).meta.version);
    const resource = userOf(change.whole(user));
    if (userNameOf(resource.spec) !== userNameOf(user))
      checkNameIsFree(await context.index.read(), userNameOf(resource.spec), id);
    const selected = parseSearchQuery(query);
    return {
      resources: [resource],
      answer: answerResource(200, await describe(resource.spec, reader), selected),
    };
  });
}

/** @param refusal why not all of the request was done */
async function deactivate(
  request: ScimRequest,
  context: ScimContext,
  change: UserChange,
  refusal: string,
): Promise<ScimAnswer> {
  let dropped: string[] = [];
  let refused = refusal;
  const commit = (withRest: boolean) =>
    changeDirectory(context, async (reader) => {
      dropped = withRest ? [] : [refused];
      const user = await findUser(reader, request.id);
      checkVersion(request.ifMatch, (await describe(user, reader)).meta.version);
      const attempt: Attempt = async (what, make) => {
        try {
          const { spec } = userOf(make());
          if (userNameOf(spec) !== userNameOf(user))
            checkNameIsFree(await context.index.read(), userNameOf(spec), request.id);
          return spec;
        } catch (error) {
          const problem = droppedBy(error);
          if (problem === undefined) throw error;
          dropped.push(`${what}: ${problem}`);
          return undefined;
        }
      };
      const changed = withRest ? await change.parts(user, attempt) : user;
      const resource = userOf({ ...changed, active: false });
      return { resources: [resource], answer: await describe(resource.spec, reader) };
    });
  let resource: UserResource;
  try {
    resource = await commit(true);
  } catch (error) {
    // The parts are right one by one, and what they come to is refused.
    const problem = droppedBy(error);
    if (problem === undefined) throw error;
    refused = problem;
    resource = await commit(false);
  }
  const logged = dropped.length > 0 ? dropped : [refused];
  context.onDropped(
    request.id,
    logged.slice(0, MAX_LOGGED).map((text) => text.slice(0, MAX_LOGGED_LENGTH)),
  );
  return answerResource(200, resource, {});
}

/** To the identity provider the user is gone at once, and so is every access through accounts that stand for them. */
export const deleteUser: ScimHandler = async ({ id, ifMatch }, context) =>
  changeDirectory(context, async (reader) => {
    const user = await findUser(reader, id);
    checkVersion(ifMatch, (await describe(user, reader)).meta.version);
    const { resources, removals } = await removeDirectoryUsers([user], reader, REQUEST);
    return { resources, removals, answer: { status: 204 } as const };
  });

async function findUser(reader: Reader, id: string): Promise<DirectoryUser> {
  const user = await reader.find('directory_user', id);
  if (!user || user.deleted) throw new ScimRefusal(404, `there is no user ${JSON.stringify(id)}`);
  return user;
}

/** Throws `ResourceError`, which names the invalid fields. */
function userOf(fields: object): Resource<'DirectoryUser'> {
  return parseResource('DirectoryUser', fields, REQUEST);
}

/** No name that differs only in letter case either: SCIM tells no difference. */
function checkNameIsFree(directory: DirectoryContent, name: string, own: string | undefined): void {
  const problem = unseenProblem(name);
  if (problem !== undefined) throw new ScimRefusal('invalidValue', `userName ${problem}`);
  const taken = directory.usersNamed(name).find((id) => id !== own);
  if (taken !== undefined)
    throw new ScimRefusal('uniqueness', `there is a user ${JSON.stringify(name)} already`);
}

/**
 * The name, so that policies can say it. If that is or was the id of another user, or the user ID of an account, a policy or a
 * token that names it means those: the new user gets an id that is new.
 */
async function chooseId(name: string, directory: DirectoryContent, reader: Reader): Promise<string> {
  const isFree = !directory.isUserId(name) && (await reader.find('user_id', name)) === undefined;
  return isFree ? name : `u-${randomBytes(8).toString('hex')}`;
}

async function describe(user: DirectoryUser, reader: Reader): Promise<UserResource> {
  const groups = await reader.findAll('directory_group', user.groups);
  return userResource(user, (group) => groups.get(group)?.name);
}
