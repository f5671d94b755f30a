import type { Writable } from 'node:stream';
import type { PolicyFinding } from '../operations/lint-policies.ts';
import { printable } from '../text/printable.ts';

/** More would hide everything else. */
const MAX_SHOWN = 20;

/** A finding in the form that editors and CI systems turn into a link. */
export function describeFinding(finding: PolicyFinding): string {
  const { file, line, column, severity, policy, path, message } = finding;
  const place = [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined);
  const subject = [policy === undefined ? '' : `Policy ${policy}`, path].filter((part) => part !== '');
  return printable([place.join(':'), severity, ...subject, message].join(': '));
}

/** Writes the first warnings, and how many more there are. */
export function printWarnings(out: Writable, findings: readonly PolicyFinding[]): void {
  const warnings = findings.filter(({ severity }) => severity === 'warning');
  for (const warning of warnings.slice(0, MAX_SHOWN)) out.write(`${describeFinding(warning)}\n`);
  const more = warnings.length - MAX_SHOWN;
  if (more > 0) out.write(`${more} more warnings: sallyport policy lint shows all of them\n`);
}
