import { defineScript } from './lua-script.ts';

/**
 * Gives the history that is there another name, and leaves all else as it is.
 *
 * KEYS: head. ARGV: format, expected epoch, new epoch.
 * Answers with `{outcome, epoch, revision}`, the outcome being `accepted`, `changed`, `none` (no store) or `format`.
 */
export const ACCEPT = defineScript(`
local head = redis.call('HMGET', KEYS[1], 'format', 'epoch', 'revision')
if not head[2] then return {'none', '', ''} end
if head[1] ~= ARGV[1] then return {'format', '', ''} end
if head[2] ~= ARGV[2] then return {'changed', head[2], head[3]} end
redis.call('HSET', KEYS[1], 'epoch', ARGV[3])
return {'accepted', ARGV[3], head[3]}
`);
