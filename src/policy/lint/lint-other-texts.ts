import type { SourceNode } from '../../text/source-node.ts';
import type { CriterionNotes } from './criterion-notes.ts';
import { type ComparedPart, comparedPart, operandsOf, textsOf } from './lint-string-matcher.ts';

/**
 * Pomerium's rule for `http_method` and `http_path` also holds if any other text of the request or the session matches.
 * That makes no difference if the matcher accepts only texts of the right kind.
 * @param isOwn whether only a text of the right kind can match the value
 */
export function lintOtherTexts(
  data: SourceNode,
  name: 'method' | 'path',
  isOwn: (text: string, part: ComparedPart) => boolean,
  notes: CriterionNotes,
): void {
  const restricts = operandsOf(data).some((operand) => {
    const part = comparedPart(operand.operator);
    const isPositive = operand.operator !== 'not' && operand.operator !== 'not_in';
    return isPositive && textsOf(operand).every((text) => isOwn(text, part));
  });
  if (!restricts)
    notes.differs(
      data,
      `there it also holds if another text of the request or the session matches, such as the host or the account's id; here only the ${name} is compared`,
    );
}
