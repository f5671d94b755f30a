// A process that reads YAML which anybody may have written: ended from outside where it takes too long, and by itself
// where it takes too much memory. Nothing but texts and findings passes between it and the admin API.
import { lintPolicies } from './lint-policies.ts';
import type { LintAnswer, LintRequest } from './policy-linter.ts';

/** More would only scroll the first away. */
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
