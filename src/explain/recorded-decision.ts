import { RecordedDecision } from './recorded-decision-schema.ts';

/** Whether the recorded caller counted: a valid credential, used where it may be. */
export function countedCaller({
  verdict,
  reason,
  refusal,
  authenticated,
  user_id,
}: RecordedDecision): boolean {
  if (user_id === undefined) return false;
  if (verdict === 'allow') return authenticated === true;
  return refusal === 'forbidden' && reason !== 'namespace-unauthorized';
}

/** Undefined for a line that is no decision. */
export function readDecision(line: string): RecordedDecision | undefined {
  return readLogged(line)?.decision;
}

/** A decision as the sidecar logged it, with what is not needed to evaluate it again. */
export type LoggedDecision = RecordedDecision & Readonly<Record<string, unknown>>;

/** The same both ways: the part to evaluate again, and whole. */
export function readLogged(
  line: string,
): { readonly decision: RecordedDecision; readonly logged: LoggedDecision } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const decision = RecordedDecision.safeParse(value).data;
    return decision && { decision, logged: value as LoggedDecision };
  } catch {
    return undefined;
  }
}
