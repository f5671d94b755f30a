import { defineScript } from './lua-script.ts';

/**
 * Makes the head of a store where there is none; of two that try at once the first wins.
 *
 * KEYS: head, then every key that a store may have. ARGV: format, epoch.
 * Answers with nothing, or with a key that holds something though no head says what it is.
 */
export const CREATE = defineScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then return false end
for i = 2, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then return KEYS[i] end
end
redis.call('HSET', KEYS[1], 'format', ARGV[1], 'epoch', ARGV[2], 'revision', '0')
return false
`);
