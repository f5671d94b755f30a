/**
 * Called again and again during long work, to tell how far it is and to let others run. Throws where the work was
 * called off, which is safe as long as nothing has been committed.
 */
export type ReportProgress = (stage: ProgressStage, done: number, total: number) => Promise<void>;

/** `read`: characters of YAML; `check`: resources; `write`: records, once before the commit. */
export type ProgressStage = 'read' | 'check' | 'write';

/** For work without an observer. */
export const UNWATCHED: ReportProgress = async () => {};
