import { type StorePosition, StoreUnavailable } from './port.ts';

/** Whether `position` is of the same history as `other` and not before it. */
export function hasReached(position: StorePosition, other: StorePosition): boolean {
  return position.epoch === other.epoch && position.revision >= other.revision;
}

/** Throws `StoreUnavailable` where an answer given at `position` is older than what the caller knows already. */
export function checkReached(position: StorePosition, atLeast: StorePosition | undefined): void {
  if (atLeast === undefined || hasReached(position, atLeast)) return;
  throw new StoreUnavailable(
    position.epoch === atLeast.epoch
      ? `the store answered from revision ${position.revision}, but revision ${atLeast.revision} was there before`
      : 'the store answered from another history than before: it was replaced or put back',
  );
}
