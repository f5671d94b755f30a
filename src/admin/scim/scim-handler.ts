import type { Authenticated } from '../authenticate.ts';
import type { DirectoryIndex } from './directory-index.ts';

/** A request whose caller is known. */
export interface ScimRequest {
  /** In the path; empty where it has none. */
  readonly id: string;
  readonly query: unknown;
  readonly body: unknown;
  readonly ifMatch: string | undefined;
}

export interface ScimContext extends Authenticated {
  readonly index: DirectoryIndex;
  /** Told of a user who was deactivated by a request of which the rest was refused. */
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
