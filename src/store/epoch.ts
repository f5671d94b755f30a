import { randomUUID } from 'node:crypto';

const ACCEPTED = /^accepted-(\d{1,15})-/;

/**
 * Names a history that an operator accepted as it is, in place of what was there before. Among those the later counts, so
 * that an older snapshot that was once accepted is not taken for accepted again.
 * @param now milliseconds since the epoch of clocks
 * @param before the epoch that it takes the place of
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
