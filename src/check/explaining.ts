import type { CallerSources } from '../accounts/caller-directory.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';
import type { CheckParts } from './check.ts';
import type { Rehearsal, RehearsedRequest } from './rehearsal.ts';

/** The parts with which the sidecar decides, on the store as it is now. */
export interface Explaining {
  /** In place of a signed assertion it gives the assertion's audience. */
  readonly parts: Pick<CheckParts, 'picture' | 'assertionFor' | 'settings'>;
  readonly sources: CallerSources;
  /** Loads the keys. Rejects with `KeyFileError`. */
  tokens(): Promise<TokenVerifier>;
  rehearse(request: RehearsedRequest): Rehearsal;
  close(): Promise<void>;
}
