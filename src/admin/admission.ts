import type { FastifyReply, FastifyRequest } from 'fastify';
import { OperationError } from '../contract/operation-error.ts';
import type { Authenticated } from './authenticate.ts';
import { ByteBudget, type Lease } from './byte-budget.ts';
import { FairQueue } from './fair-queue.ts';

import { tooLarge } from './receive-body.ts';

const MIB = 1024 * 1024;

/** Bodies in flight, from their headers to the end of the answer. */
const BODIES = { total: 64 * MIB, each: 32 * MIB, reserve: 8 * MIB, small: MIB / 16 };
const RETRY_AFTER_SECONDS = 2;
/** Bytes of a body. Work on a longer one may take much memory, so it is done in the lane `large` and one at a time. */
const LIGHT_BYTES = 64 * 1024;

const LANES = {
  long: { running: 2, waitingEach: 16, waiting: 256 },
  large: { running: 1, waitingEach: 4, waiting: 64 },
  lint: { running: 1, waitingEach: 4, waiting: 64 },
  stream: { running: 8, waitingEach: 16, waiting: 256 },
} as const;
export type Lane = keyof typeof LANES;

export class Admissions {
  readonly bodies = new ByteBudget(BODIES);
  readonly #lanes: Readonly<Record<Lane, FairQueue>> = {
    long: new FairQueue(LANES.long),
    large: new FairQueue(LANES.large),
    lint: new FairQueue(LANES.lint),
    stream: new FairQueue(LANES.stream),
  };
  readonly #admitted = new WeakMap<FastifyRequest, Admission>();
  readonly #freeMemory: () => void;

  /** @param freeMemory called between two requests that take much memory */
  constructor(freeMemory: () => void) {
    this.#freeMemory = freeMemory;
  }

  /**
   * Before the body is read: checks its length and takes its share of the budget. Throws `OperationError`.
   * @param limit bytes of a body
   */
  admit(request: FastifyRequest, reply: FastifyReply, caller: Authenticated, limit: number): void {
    const length = declaredLength(request);
    if (length !== undefined && length > limit) throw tooLarge(limit);
    const size = length ?? limit;
    const lease = size === 0 ? undefined : this.bodies.lease(caller.principal.accountId, size);
    if (size > 0 && !lease)
      throw new OperationError('too-many-requests', 'too many request bodies in flight. Retry later', [], {
        retryAfter: RETRY_AFTER_SECONDS,
      });
    const gone = new AbortController();
    const admission = {
      caller,
      limit,
      length,
      lease,
      gone: gone.signal,
      works: false,
      sendContinue: () => reply.raw.writeContinue(),
    };
    reply.raw.once('close', () => {
      gone.abort();
      // Work that goes on for a client that has gone still needs the body.
      if (!admission.works) lease?.release();
    });
    this.#admitted.set(request, admission);
  }

  /** Undefined if the request was not admitted. */
  of(request: FastifyRequest): Admission | undefined {
    return this.#admitted.get(request);
  }

  /** Runs the work, in its lane if it has one. */
  async run<T>(lane: Lane | undefined, admission: Admission, work: () => Promise<T>): Promise<T> {
    const { gone, lease } = admission;
    const { accountId } = admission.caller.principal;
    admission.works = true;
    try {
      if (!lane) return await work();
      const { length = admission.limit } = admission;
      if (length <= LIGHT_BYTES) return await this.#lanes[lane].take(accountId, gone, work);
      // All in one lane, whatever process the work is done in: the bound on memory is for all processes together.
      return await this.#lanes.large.take(accountId, gone, async () => {
        try {
          return await work();
        } finally {
          this.#freeMemory();
        }
      });
    } finally {
      admission.works = false;
      if (gone.aborted) lease?.release();
    }
  }
}

/** A request whose caller is known and whose body has its share of memory. */
export interface Admission {
  /** As it was when the headers came. */
  readonly caller: Authenticated;
  readonly limit: number;
  readonly length: number | undefined;
  readonly lease: Lease | undefined;
  /** Aborted once the client has its answer or has gone. */
  readonly gone: AbortSignal;
  works: boolean;
  /** Tells a client that waits for it to send the body. */
  sendContinue(): void;
}

/** Bytes; undefined for a body in chunks. */
export function declaredLength({ headers }: FastifyRequest): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return Number(headers['content-length'] ?? 0);
}
