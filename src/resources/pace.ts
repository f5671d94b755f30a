/**
 * Called again and again during long work, to tell how far it is and to let others run. Throws where the work was
 * called off, which is safe as long as nothing has been committed.
 */
export type Pace = (stage: PaceStage, done: number, total: number) => Promise<void>;

/** `read`: characters of YAML; `check`: resources. */
export type PaceStage = 'read' | 'check';

/** For work that nobody watches. */
export const UNWATCHED: Pace = async () => {};
