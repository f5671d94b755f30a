import { randomUUID } from 'node:crypto';

const ACCEPTED = /^accepted-(\d{1,15})-/;

/**
 * Names a history that an operator accepted in place of the one before. The latest acceptance counts, so that restoring an
 * older accepted snapshot does not count as an acceptance.
 * @param now milliseconds since the epoch of clocks
 * @param before the epoch that it replaces
 */
export function createAcceptedEpoch(now: number, before: string): string {
  return `accepted-${Math.max(now, acceptedAt(before) + 1)}-${randomUUID()}`;
}

/** Whether an operator accepted this history after the one that is followed. */
export function supersedes(epoch: string, followed: string): boolean {
  return acceptedAt(epoch) > acceptedAt(followed);
}

function acceptedAt(epoch: string): number {
  return Number(ACCEPTED.exec(epoch)?.[1] ?? 0);
}
