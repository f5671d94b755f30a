import { z } from 'zod';
import { messageOf } from '../text/message-of.ts';

/** A message of a process that `serve` started. */
export const ControlPlaneMessage = z.discriminatedUnion('type', [
  /** The control plane serves. */
  z.strictObject({ type: z.literal('listening'), address: z.string().max(512) }),
  /** Why it ends, for the operator. */
  z.strictObject({ type: z.literal('failed'), problem: z.string().max(8192) }),
  /** Store and keys exist; the files are those that were made. */
  z.strictObject({ type: z.literal('prepared'), made: z.array(z.string().max(4096)).max(10) }),
]);
export type ControlPlaneMessage = z.output<typeof ControlPlaneMessage>;

/** Tells the parent process why this one fails. */
export function tellFailure(error: unknown): Promise<void> {
  process.exitCode = 1;
  return tellParent({ type: 'failed', problem: messageOf(error).slice(0, 4096) });
}

/** Sends a message to the parent process, if it listens. Resolves once it is sent. */
export function tellParent(message: ControlPlaneMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, () => resolve());
  });
}
