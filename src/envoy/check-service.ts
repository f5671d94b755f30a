import type { handleUnaryCall, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import type { CheckRequest } from '../check/check-request.ts';
import type { Decision } from '../check/decision.ts';
import {
  CheckCancelled,
  type CheckFailureKind,
  CheckTimeout,
  FAILURE_STATUS,
  failureKind,
} from './check-failure.ts';
import { decodeCheckRequest, type EnvoyCheckRequest } from './decode-check-request.ts';
import type { EncodeCheckResponse } from './encode-check-response.ts';

/** A decision that was answered. Nothing can be read from the request's headers once it has been told. */
export interface DecisionEvent {
  readonly request: CheckRequest;
  readonly decision: Decision;
  /** From the message's arrival to its answer, milliseconds. */
  readonly durationMs: number;
}

/** A Check that could not be decided; of the request, the same holds. */
export interface FailureEvent {
  readonly kind: CheckFailureKind;
  /** Absent where the bytes are none. */
  readonly request: CheckRequest | undefined;
  /** For the log: the caller is told none of it. */
  readonly error: unknown;
  readonly durationMs: number;
}

export interface CheckServiceSettings {
  /**
   * Decides. `signal()` makes the signal that aborts once nobody waits for the answer; a check that answers at once need
   * not ask for it. A rejection or an exception is a fault.
   */
  readonly check: (request: CheckRequest, signal: () => AbortSignal) => Decision | Promise<Decision>;
  /** Milliseconds; the caller's deadline holds beside it. */
  readonly checkTimeoutMs: number;
  readonly onDecision: (event: DecisionEvent) => void;
  readonly onFailure: (event: FailureEvent) => void;
}

/** Handles `Authorization/Check`: the one place where a fault becomes a gRPC error. It never throws. */
export function createCheckHandler(
  settings: CheckServiceSettings,
  encode: EncodeCheckResponse,
): handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => new CheckCall(settings, encode, call, callback).run();
}

/** One Check, answered exactly once. */
class CheckCall {
  readonly #settings: CheckServiceSettings;
  readonly #encode: EncodeCheckResponse;
  readonly #call: ServerUnaryCall<Buffer, Buffer>;
  readonly #callback: sendUnaryData<Buffer>;
  readonly #started = performance.now();
  #request: EnvoyCheckRequest | undefined;
  #answered = false;
  #gaveUp = false;
  #abort: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    settings: CheckServiceSettings,
    encode: EncodeCheckResponse,
    call: ServerUnaryCall<Buffer, Buffer>,
    callback: sendUnaryData<Buffer>,
  ) {
    this.#settings = settings;
    this.#encode = encode;
    this.#call = call;
    this.#callback = callback;
  }

  run(): void {
    try {
      const request = decodeCheckRequest(this.#call.request);
      this.#request = request;
      const decision = this.#settings.check(request, () => this.#signal());
      if (decision instanceof Promise) {
        this.#wait(request, decision);
        return;
      }
      this.#decide(request, decision);
    } catch (error) {
      this.#fail(error);
    }
    this.#forget();
  }

  /**
   * Wipes the request, which holds the caller's credential: grpc-js copies it into the pool that small buffers share, and
   * any other of these, such as one of Node's own constants, would keep it in memory for good.
   */
  #forget(): void {
    this.#call.request.fill(0);
  }

  /** An AbortController costs more than a warm decision does, so it is made when somebody asks. */
  #signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  #wait(request: EnvoyCheckRequest, decision: Promise<Decision>): void {
    decision
      .then((later) => this.#decide(request, later))
      .catch((error: unknown) => this.#fail(error))
      // Also of one that we gave up on: until then it may read the request.
      .finally(() => this.#forget());
    if (this.#call.cancelled) {
      this.#giveUp(new CheckCancelled('the call was cancelled'));
      return;
    }
    this.#call.once('cancelled', () =>
      this.#giveUp(new CheckCancelled('the call was cancelled, or its deadline passed')),
    );
    const { checkTimeoutMs } = this.#settings;
    this.#timer = setTimeout(
      () => this.#giveUp(new CheckTimeout(`no decision within ${checkTimeoutMs} ms`)),
      checkTimeoutMs,
    );
  }

  #giveUp(error: Error): void {
    if (this.#answered) return;
    this.#fail(error);
    this.#gaveUp = true;
    this.#abort?.abort(error);
  }

  #decide(request: EnvoyCheckRequest, decision: Decision): void {
    if (this.#answered) return;
    const bytes = this.#encode(decision, request);
    this.#answer();
    this.#callback(null, bytes);
    this.#settings.onDecision({ request, decision, durationMs: performance.now() - this.#started });
  }

  /** Also told of an observer's own fault, which comes after the answer and can't change it. */
  #fail(error: unknown): void {
    // What a check that we gave up on still comes to is of no interest.
    if (this.#gaveUp) return;
    const late = this.#answered;
    const kind = failureKind(error);
    this.#answer();
    if (!late) this.#callback(FAILURE_STATUS[kind]);
    try {
      this.#settings.onFailure({
        kind,
        request: this.#request,
        error,
        durationMs: performance.now() - this.#started,
      });
    } catch {
      // Nobody is left to tell, and a call must not take the process down.
    }
  }

  #answer(): void {
    this.#answered = true;
    clearTimeout(this.#timer);
  }
}
