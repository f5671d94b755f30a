import type { CallerSources } from '../accounts/caller-directory.ts';
import type { CheckParts } from '../check/check.ts';
import type { CheckRequest } from '../check/check-request.ts';
import type { Decision } from '../check/decision.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';

/** A request that nobody sent, as Envoy would describe it. */
export interface SimulatedRequest {
  readonly method: string;
  readonly host: string;
  /** With its query. */
  readonly path: string;
  /** Names in any letter case; a repeated one is a repeated header. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly peerAddress: string | undefined;
  /** PEM of the client's certificate. */
  readonly peerCertificate: string | undefined;
  readonly contextExtensions: Readonly<Record<string, string>>;
}

/** What Envoy does after an answer. */
export interface SimulatedAnswer {
  /** The HTTP status that the caller gets from us; undefined if the request goes on to the upstream. */
  readonly status: number | undefined;
  /** Set on the request to the upstream, or on the denial; the assertion, a credential by itself, without its value. */
  readonly headers: readonly { readonly name: string; readonly value: string | undefined }[];
  /** Names removed before the upstream, whether the request had them or not. */
  readonly removed: readonly string[];
}

/** A Check that is played through without Envoy. */
export interface Simulation {
  /** The request as the sidecar would read it. */
  readonly request: CheckRequest;
  answer(decision: Decision): SimulatedAnswer;
}

/** The parts with which the sidecar decides, on the store as it is now. */
export interface Explaining {
  /** In place of a signed assertion it gives the assertion's audience. */
  readonly parts: Pick<CheckParts, 'snapshot' | 'assertionFor' | 'settings'>;
  readonly sources: CallerSources;
  /** Loads the keys. Rejects with `KeyFileError`. */
  tokens(): Promise<TokenVerifier>;
  simulate(request: SimulatedRequest): Simulation;
  close(): Promise<void>;
}
