import { defineScript } from './lua-script.ts';

/**
 * Entries of the stream, one at a time: a sidecar may have put there lines of hundreds of megabytes, and neither we nor the
 * server would have room for a page of them. What can't be one of ours is an empty line.
 *
 * KEYS: the stream. ARGV: where to begin, how many, bytes that a line of ours has at most, XRANGE or XREVRANGE, where to end.
 * Answers with a list of `{id, line}`.
 */
export const READ_DECISIONS = defineScript(`
local found, from, longest = {}, ARGV[1], tonumber(ARGV[3])
for _ = 1, tonumber(ARGV[2]) do
  local entry = redis.call(ARGV[4], KEYS[1], from, ARGV[5], 'COUNT', 1)[1]
  if not entry then break end
  local fields, line = entry[2], ''
  if #fields == 2 and fields[1] == 'd' and #fields[2] <= longest then line = fields[2] end
  found[#found + 1] = {entry[1], line}
  if ARGV[4] == 'XRANGE' and entry[1] == '18446744073709551615-18446744073709551615' then break end
  from = '(' .. entry[1]
end
return found
`);
