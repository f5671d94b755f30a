import type { CallerSources } from '../accounts/caller-directory.ts';
import type { CheckParts } from '../check/check.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';
import type { SimulatedRequest, Simulation } from './simulation.ts';

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
