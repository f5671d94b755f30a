import type { Authenticated } from '../authenticate.ts';
import type { DirectoryIndex } from './directory-index.ts';

/** A request whose caller is known. */
export interface ScimRequest {
  /** From the path; empty if it has none. */
  readonly id: string;
  readonly query: unknown;
  readonly body: unknown;
  readonly ifMatch: string | undefined;
}

export interface ScimContext extends Authenticated {
  readonly index: DirectoryIndex;
  /** See `AdminParts.onDropped`. */
  onDropped(user: string, dropped: readonly string[]): void;
}

export interface ScimAnswer {
  readonly status: 200 | 201 | 204;
  readonly body?: object;
  /** `ETag` */
  readonly version?: string;
  readonly location?: string;
}

export type ScimHandler = (request: ScimRequest, context: ScimContext) => Promise<ScimAnswer>;
