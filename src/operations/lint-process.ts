// A process that reads untrusted YAML. Its parent ends it if it takes too long, and V8
// ends it if it needs too much memory. It exchanges only texts and findings with the admin API.
import { lintPolicies } from './lint-policies.ts';
import type { LintAnswer, LintRequest } from './policy-linter.ts';

/** More would not help. */
const MAX_FINDINGS = 500;

process.on('message', ({ text }: LintRequest) => {
  const found = lintPolicies({ file: 'request', text });
  const answer: LintAnswer = {
    findings: found.slice(0, MAX_FINDINGS).map(({ file: _file, ...finding }) => finding),
    more: Math.max(0, found.length - MAX_FINDINGS),
  };
  process.send?.(answer);
});
process.on('disconnect', () => process.exit());
