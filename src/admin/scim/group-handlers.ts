import { randomBytes } from 'node:crypto';
import type { DirectoryGroup } from '../../accounts/directory-schema.ts';
import { GroupId } from '../../accounts/group-id.ts';
import { parseResource } from '../../manifests/read-resource-value.ts';
import { REQUEST, type Resource } from '../../manifests/resource.ts';
import { changeDirectory } from '../../operations/change-directory.ts';
import type { DirectoryContent } from './directory-content.ts';
import { parseGroupBody } from './group-body.ts';
import { planMembership } from './group-membership.ts';
import { type GroupResource, groupResource } from './group-resource.ts';
import { type GroupState, patchGroup } from './patch-group.ts';
import { parsePatchRequest } from './patch-request.ts';
import { answerResource, type SelectedAttributes, wants } from './projection.ts';
import type { ScimAnswer, ScimContext, ScimHandler, ScimRequest } from './scim-handler.ts';
import { ScimRefusal } from './scim-refusal.ts';
import { search } from './search.ts';
import { parseSearchQuery, parseSearchRequest, type SearchQuery } from './search-query.ts';
import { checkVersion } from './version.ts';

export const listGroups: ScimHandler = async ({ query }, context) =>
  searchGroups(parseSearchQuery(query), context);

export const searchForGroups: ScimHandler = async ({ body }, context) =>
  searchGroups(parseSearchRequest(body), context);

async function searchGroups(query: SearchQuery, { index }: ScimContext): Promise<ScimAnswer> {
  const directory = await index.read();
  const body = await search(query, {
    ids: () => directory.groupIds(),
    lookUp(attribute, value) {
      if (attribute === 'id') return [value];
      if (attribute === 'displayName') return directory.groupsNamed(value);
      return attribute === 'externalId' ? directory.groupsOf(value) : undefined;
    },
    async load(ids, needs) {
      return ids.flatMap((id) => {
        const group = directory.group(id);
        if (!group) return [];
        const members = needs('members') || needs('meta') ? directory.membersOf(id) : [];
        return [{ id, weight: members.length, resource: groupResource(group, members) }];
      });
    },
  });
  return { status: 200, body };
}

export const getGroup: ScimHandler = async ({ id, query }, { index }) => {
  const directory = await index.read();
  const group = findGroup(directory, id);
  return answerGroup(200, groupResource(group, directory.membersOf(id)), parseSearchQuery(query));
};

export const createGroup: ScimHandler = async ({ body, query }, context) => {
  const wanted = parseGroupBody(body);
  const selected = parseSearchQuery(query);
  return changeDirectory(context, async (reader) => {
    const content = await context.index.read();
    checkNameIsFree(content, wanted.displayName, undefined);
    const id = chooseId(content, wanted.displayName);
    const members = new Set(wanted.members);
    const group = groupOf(id, wanted.displayName, wanted.externalId);
    return {
      resources: [group, ...(await planMembership(id, [], members, content, reader))],
      answer: answerGroup(201, groupResource(group.spec, [...members].sort()), selected),
    };
  });
};

export const replaceGroup: ScimHandler = async (request, context) => {
  const { displayName, externalId, members } = parseGroupBody(request.body);
  const selected = parseSearchQuery(request.query);
  const resource = await changeGroup(request, context, (group, current) => ({
    name: displayName,
    externalId: externalId ?? group.external_id,
    // Without `members` they stay as they are (RFC 7644 §3.5.1 leaves it open).
    members: new Set(members ?? current),
  }));
  return answerGroup(200, resource, selected);
};

/** Answered without the group, which may have thousands of members. */
export const changeGroupByPatch: ScimHandler = async (request, context) => {
  const operations = parsePatchRequest(request.body);
  const resource = await changeGroup(request, context, (group, members) =>
    patchGroup(group, members, operations),
  );
  return { status: 204, version: resource.meta.version };
};

async function changeGroup(
  { id, ifMatch }: ScimRequest,
  context: ScimContext,
  change: (group: DirectoryGroup, members: readonly string[]) => GroupState,
): Promise<GroupResource> {
  return changeDirectory(context, async (reader) => {
    const content = await context.index.read();
    const current = findGroup(content, id);
    const members = content.membersOf(id);
    checkVersion(ifMatch, groupResource(current, members).meta.version);
    const next = change(current, members);
    if (next.name !== current.name) checkNameIsFree(content, next.name, id);
    const group = groupOf(id, next.name, next.externalId);
    return {
      resources: [group, ...(await planMembership(id, members, next.members, content, reader))],
      answer: groupResource(group.spec, [...next.members].sort()),
    };
  });
}

/** Its members are taken from it with the same commit: a group of the same id that comes later begins empty. */
export const deleteGroup: ScimHandler = async ({ id, ifMatch }, context) =>
  changeDirectory(context, async () => {
    const content = await context.index.read();
    const members = content.membersOf(id);
    checkVersion(ifMatch, groupResource(findGroup(content, id), members).meta.version);
    return {
      removals: [{ kind: 'DirectoryGroup', spec: { id }, origin: REQUEST }],
      answer: { status: 204 } as const,
    };
  });

function findGroup(directory: DirectoryContent, id: string): DirectoryGroup {
  const group = directory.group(id);
  if (!group) throw new ScimRefusal(404, `there is no group ${JSON.stringify(id)}`);
  return group;
}

function checkNameIsFree(directory: DirectoryContent, name: string, own: string | undefined): void {
  const taken = directory.groupsNamed(name).find((id) => id !== own);
  if (taken !== undefined)
    throw new ScimRefusal(
      'uniqueness',
      `group ${JSON.stringify(taken)} has the name ${JSON.stringify(name)}`,
    );
}

/**
 * The name, so that policies can say it. Where that is the id of a group that has another name by now, or users carry it
 * though there is no such group, a policy that names it means those, and never the new one.
 */
function chooseId(directory: DirectoryContent, name: string): string {
  const id = GroupId.parse(name);
  if (id !== undefined && !directory.group(id) && directory.membersOf(id).length === 0) return id;
  return `${name.slice(0, 200)}.${randomBytes(8).toString('hex')}`;
}

function groupOf(id: string, name: string, externalId: string | undefined): Resource<'DirectoryGroup'> {
  const fields = { id, name, ...(externalId !== undefined && { external_id: externalId }) };
  return parseResource('DirectoryGroup', fields, REQUEST);
}

function answerGroup(status: 200 | 201, resource: GroupResource, selected: SelectedAttributes): ScimAnswer {
  const { members: _members, ...rest } = resource;
  return answerResource(status, wants(selected, 'members') ? resource : rest, selected);
}
