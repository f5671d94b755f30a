import type { CallerSources } from '../accounts/caller-directory.ts';
import type { CheckParts } from '../check/check.ts';
import type { CheckRequest } from '../check/check-request.ts';
import type { Decision } from '../check/decision.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';

/** A request to simulate, as Envoy would describe it. */
export interface SimulatedRequest {
  readonly method: string;
  readonly host: string;
  /** With its query. */
  readonly path: string;
  /** Names in any letter case. A repeated name is a repeated header. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly peerAddress: string | undefined;
  /** PEM of the client's certificate. */
  readonly peerCertificate: string | undefined;
  readonly contextExtensions: Readonly<Record<string, string>>;
}

/** How Envoy would apply the answer. */
export interface SimulatedAnswer {
  /** The HTTP status for the caller. Undefined if Envoy forwards the request. */
  readonly status: number | undefined;
  /** Headers of the request to the upstream, or of the denial. The assertion has no value, because it is a credential. */
  readonly headers: readonly { readonly name: string; readonly value: string | undefined }[];
  /** Headers to remove before the upstream, whether the request has them or not. */
  readonly removed: readonly string[];
}

/** A Check without Envoy. */
export interface Simulation {
  /** The request as the sidecar would decode it. */
  readonly request: CheckRequest;
  answer(decision: Decision): SimulatedAnswer;
}

/** The parts for explaining decisions on the current state of the store. */
export interface Explaining {
  /** `assertionFor` returns the audience in place of a signed assertion. */
  readonly parts: Pick<CheckParts, 'snapshot' | 'assertionFor' | 'settings'>;
  readonly sources: CallerSources;
  /** Loads the keys. Rejects with `KeyFileError`. */
  tokens(): Promise<TokenVerifier>;
  simulate(request: SimulatedRequest): Simulation;
  close(): Promise<void>;
}
