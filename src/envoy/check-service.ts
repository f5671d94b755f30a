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

/** An answered decision. The headers of the request are readable only during the event. */
export interface DecisionEvent {
  readonly request: CheckRequest;
  readonly decision: Decision;
  /** From the message's arrival to its answer, milliseconds. */
  readonly durationMs: number;
}

/** A Check without a decision. The same holds for its request. */
export interface FailureEvent {
  readonly kind: CheckFailureKind;
  /** Undefined if the bytes are no CheckRequest. */
  readonly request: CheckRequest | undefined;
  /** For the log only. */
  readonly error: unknown;
  readonly durationMs: number;
}

export interface CheckServiceSettings {
  /**
   * Decides. `signal()` makes a signal that aborts once the call is cancelled or timed out. A rejection or an exception is a
   * fault.
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
   * Wipes the request, which holds the caller's credential: grpc-js copies it into Node's pool of small buffers, where another
   * buffer may keep it in memory.
   */
  #forget(): void {
    this.#call.request.fill(0);
  }

  /** Made on demand, because an AbortController costs more than a warm decision. */
  #signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  #wait(request: EnvoyCheckRequest, decision: Promise<Decision>): void {
    decision
      .then((later) => this.#decide(request, later))
      .catch((error: unknown) => this.#fail(error))
      // Also after a timeout: until it settles, the check may read the request.
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

  /** Also called with the fault of an observer, which comes after the answer. */
  #fail(error: unknown): void {
    // The call was already answered with a timeout or a cancellation.
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
      // A fault of the observer must not end the process.
    }
  }

  #answer(): void {
    this.#answered = true;
    clearTimeout(this.#timer);
  }
}
