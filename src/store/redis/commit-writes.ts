import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type CommitResult, StoreFormatError, type StorePosition, StoreUnavailable } from '../port.ts';
import { RECORD_KINDS } from '../record.ts';
import { type EncodedWrite, encodeKeys, encodeRecord } from '../record-text.ts';
import { STORE_FORMAT } from '../store-format.ts';
import type { KeySpace } from './key-space.ts';
import { defineScript, runScript } from './lua-script.ts';
import { asList, asText } from './replies.ts';

export interface CommitSettings {
  readonly keys: KeySpace;
  /** Names the store for messages. */
  readonly where: string;
  /** Commits that the log keeps. */
  readonly logLength: number;
}

/** Commits all writes, or none if there is a conflict. `commit` is unique across histories. */
export async function commitWrites(
  redis: Redis,
  { keys, where, logLength }: CommitSettings,
  expected: StorePosition,
  writes: readonly EncodedWrite[],
): Promise<CommitResult & { readonly commit: string }> {
  const next = expected.revision + 1;
  const commit = randomBytes(8).toString('hex');
  const touched = encodeKeys(writes.map(({ record }) => record));
  const reply = await runScript(
    redis,
    COMMIT,
    [
      keys.head,
      keys.log,
      keys.lastUsed,
      ...RECORD_KINDS.flatMap((kind) => [keys.records(kind), keys.ids(kind)]),
    ],
    [
      STORE_FORMAT,
      expected.epoch,
      expected.revision,
      next,
      commit,
      logLength,
      touched,
      ...writes.flatMap(({ record, json }) => [
        RECORD_KINDS.indexOf(record.kind) + 1,
        json === undefined ? 0 : 1,
        record.id,
        json === undefined ? '' : encodeRecord(next, json),
      ]),
    ],
  );
  return { ...readOutcome(reply, where), commit };
}

function readOutcome(reply: unknown, where: string): CommitResult {
  const [outcome = '', epoch = '', revision = ''] = asList(reply).map(asText);
  switch (outcome) {
    case 'committed':
      return { committed: { epoch, revision: Number(revision) } };
    case 'conflict':
      return { conflict: { epoch, revision: Number(revision) } };
    case 'none':
      throw new StoreUnavailable(`there is no store in ${where} any more: it was emptied`);
    case 'format':
      throw new StoreFormatError(
        `the store in ${where} is of another format than this version of sallyport knows`,
      );
    default:
      throw new StoreUnavailable(
        `${outcome.replace(/^type:/, '')} in ${where} holds something else than a store would: another program writes there`,
      );
  }
}

/**
 * One commit. Redis undoes nothing that a script did before it failed, so all that can fail comes first: permissions,
 * types, numbers, and as first write the log's entry, which is refused where memory is full or the log is ahead.
 *
 * KEYS: head, log, last-used, then records and ids of each kind in turn.
 * ARGV: format, expected epoch, expected revision, this commit's revision, its name, entries that the log keeps, the keys
 * of the records as JSON; then four for each write: the place of its kind, 1 or 0 (removed), id, value.
 *
 * Answers with `{outcome, epoch, revision}`, the outcome being `committed`, `conflict`, `none` (no store), `format` or
 * `type:KEY`.
 */
export const COMMIT = defineScript(`
local HEAD, LOG, LAST_USED = KEYS[1], KEYS[2], KEYS[3]
local FIRST_WRITE = 8

local head = redis.call('HMGET', HEAD, 'format', 'epoch', 'revision', 'commit')
if not head[2] then return {'none', '', ''} end
if head[1] ~= ARGV[1] then return {'format', head[1] or '', ''} end
if head[2] ~= ARGV[2] or head[3] ~= ARGV[3] then return {'conflict', head[2], head[3]} end
if #ARGV < FIRST_WRITE then return {'committed', head[2], head[3]} end

local function holds(key, expected)
  local found = redis.call('TYPE', key).ok
  return found == 'none' or found == expected
end
if not holds(LOG, 'stream') then return {'type:' .. LOG, '', ''} end
-- Sidecars write it: whatever has become of it, a commit goes on without it.
local keepsTimes = holds(LAST_USED, 'zset')
local kinds = {}
for i = FIRST_WRITE, #ARGV, 4 do
  local place = tonumber(ARGV[i])
  if not kinds[place] then
    local kind = {records = KEYS[2 + 2 * place], ids = KEYS[3 + 2 * place], added = 0}
    kind.name = string.match(kind.records, '[^:]+$')
    if not holds(kind.records, 'hash') then return {'type:' .. kind.records, '', ''} end
    if not holds(kind.ids, 'zset') then return {'type:' .. kind.ids, '', ''} end
    local count = redis.call('HGET', HEAD, 'count:' .. kind.name)
    if count and not string.match(count, '^%d+$') then return {'format', '', ''} end
    kinds[place] = kind
  end
end
if redis.acl_check_cmd then
  local allowed = redis.acl_check_cmd('HSET', HEAD, 'a', 'b')
    and redis.acl_check_cmd('HINCRBY', HEAD, 'a', '1')
    and redis.acl_check_cmd('HDEL', HEAD, 'a')
    and redis.acl_check_cmd('ZADD', LAST_USED, '0', 'a')
    and redis.acl_check_cmd('ZREM', LAST_USED, 'a')
  if not allowed then return redis.error_reply('NOPERM this user may not commit') end
end

redis.call('XADD', LOG, 'MAXLEN', '=', ARGV[6], ARGV[4] .. '-0',
  'epoch', head[2], 'commit', ARGV[5], 'after', head[4] or '', 'keys', ARGV[7])
for i = FIRST_WRITE, #ARGV, 4 do
  local kind, id = kinds[tonumber(ARGV[i])], ARGV[i + 2]
  if ARGV[i + 1] == '1' then
    kind.added = kind.added + redis.call('HSET', kind.records, id, ARGV[i + 3])
    redis.call('ZADD', kind.ids, 0, id)
    if kind.name == 'credential' and keepsTimes then redis.call('ZADD', LAST_USED, 'NX', 0, id) end
  else
    kind.added = kind.added - redis.call('HDEL', kind.records, id)
    redis.call('ZREM', kind.ids, id)
    if kind.name == 'credential' and keepsTimes then redis.call('ZREM', LAST_USED, id) end
  end
end
for _, kind in pairs(kinds) do
  if kind.added ~= 0 then redis.call('HINCRBY', HEAD, 'count:' .. kind.name, string.format('%d', kind.added)) end
  redis.call('HSET', HEAD, 'changed:' .. kind.name, ARGV[4])
end
redis.call('HSET', HEAD, 'revision', ARGV[4], 'commit', ARGV[5])
return {'committed', head[2], ARGV[4]}
`);
