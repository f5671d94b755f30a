import type { Redis } from 'ioredis';

/** A reply of an unexpected type. */
export class UnexpectedReply extends Error {
  override readonly name = 'UnexpectedReply';
  constructor() {
    super('unexpected reply: is it Redis?');
  }
}

export function asList(reply: unknown): readonly unknown[] {
  if (Array.isArray(reply)) return reply;
  throw new UnexpectedReply();
}

export function asText(reply: unknown): string {
  if (typeof reply === 'string') return reply;
  throw new UnexpectedReply();
}

export function asTextOrNone(reply: unknown): string | undefined {
  return reply === null || reply === undefined ? undefined : asText(reply);
}

export function asCount(reply: unknown): number {
  if (typeof reply === 'number' && Number.isSafeInteger(reply)) return reply;
  throw new UnexpectedReply();
}

export type Command = readonly [name: string, ...args: (string | number)[]];

/** What became of one command among several. */
export type Outcome = { readonly reply: unknown } | { readonly fault: Error };

/**
 * All commands in one round trip, without a transaction: a full server refuses even a transaction that only reads.
 */
export async function sendEach(redis: Redis, commands: readonly Command[]): Promise<Outcome[]> {
  const pipeline = redis.pipeline(commands.map(([name, ...args]) => [name.toLowerCase(), ...args]));
  const results = await pipeline.exec();
  if (results === null) throw new UnexpectedReply();
  return results.map(([fault, reply]) => (fault ? { fault } : { reply }));
}

/** The same, but rejects with the first error of a command. */
export async function sendAll(redis: Redis, commands: readonly Command[]): Promise<unknown[]> {
  return (await sendEach(redis, commands)).map(replyOf);
}

export function replyOf(outcome: Outcome | undefined): unknown {
  if (outcome === undefined) throw new UnexpectedReply();
  if ('fault' in outcome) throw outcome.fault;
  return outcome.reply;
}
