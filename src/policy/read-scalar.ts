import { describeNode, type SourceNode, type SourceScalar } from './policy-source.ts';
import type { ProblemList } from './problem-list.ts';

/**
 * A single value to compare with. A number, true, false or null is one too, though no text equals it; a list or map
 * there would never match either, and is far likelier a list meant for `in`.
 */
export function readScalar(data: SourceNode, problems: ProblemList): SourceScalar | undefined {
  if (data.kind === 'scalar') return data;
  problems.add(data, `expected a single value, got ${describeNode(data)}`);
  return undefined;
}
