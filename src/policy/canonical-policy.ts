import { plainValue } from '../text/source-node.ts';
import { compilePolicy } from './compile-policy.ts';
import { ProblemList } from './problem-list.ts';
import { readPolicyText } from './read-policy-text.ts';

/**
 * A PPL document as JSON that means the same and compiles some twenty times faster than YAML.
 *
 * @throws PolicyError of a text that is no policy.
 */
export function canonicalPolicy(text: string): string {
  compilePolicy(text);
  const root = readPolicyText(text, new ProblemList(text));
  if (root === undefined) throw new Error('a policy that compiles can not be read');
  return JSON.stringify(plainValue(root));
}
