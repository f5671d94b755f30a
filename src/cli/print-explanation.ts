import type { Explained } from '../contract/explanation.ts';
import type { MatchedBy } from '../routes/match-request.ts';
import { printable } from '../text/printable.ts';
import { printFields } from './print-table.ts';
import { type Cell, paint, type Screen } from './screen.ts';

type Described<Key extends keyof Explained> = Explained[Key];
type DescribedPolicy = Described<'policies'>[number];

/** The five ways of finding what a request belongs to, in the order in which they are tried. */
const WAYS: Readonly<Record<MatchedBy, string>> = {
  'route-id': 'named by route ID in Envoy’s context extensions (way 1 of 5)',
  namespace: 'named by Envoy’s context extensions or route metadata (way 2 of 5)',
  route: 'a registered route with this host and path (way 3 of 5)',
  'serve-namespace': 'the namespace of this sidecar, serve.namespace (way 4 of 5)',
  unmatched: 'nothing else claims it, so the namespace that unmatched names (way 5 of 5)',
};

/** For people: what was asked, each step, what comes of it. */
export function printExplanation(screen: Screen, described: Explained): void {
  const { request, policies, scope } = described;
  printFields(screen, [
    ['Request', `${request.method} ${request.host}${request.path} at ${request.time ?? 'an unknown time'}`],
    ['Belongs to', describeBelonging(described.belongs_to)],
    ['Namespaces', described.namespaces.join(' < ') || 'none'],
    ['Caller', describeCaller(described.caller)],
    ...(scope ? [['Scope', describeScope(described)] as const] : []),
    ['Policies', policies.length === 0 ? 'none was asked' : `${policies.length}`],
  ]);
  for (const policy of policies) printPolicy(screen, policy);
  screen.stdout.write('\n');
  printFields(screen, [
    ['Decision', verdictCell(described.decision)],
    ...(described.decision.detail === null ? [] : [['Because', described.decision.detail] as const]),
    ...(described.decision.shadow ? [['In shadow', describeShadow(described.decision.shadow)] as const] : []),
    ...describeAnswer(described),
  ]);
}

function describeBelonging({ way, refused, detail, namespace, route }: Described<'belongs_to'>): string {
  if (way === null) return refused === null ? 'unknown: see the decision' : `nothing: ${refused}, ${detail}`;
  return `${route === null ? `namespace ${namespace}` : `route ${route} of ${namespace}`}: ${WAYS[way]}`;
}

function describeCaller(caller: Described<'caller'>): string {
  if (caller === null) return 'none: no credential';
  const { hint, credential } = caller;
  const problem = [caller.refused, caller.detail, ...(hint === undefined ? [] : [hint])].join(', ');
  const refused = caller.refused === null ? '' : ` (refused: ${problem})`;
  if (caller.account === null)
    return credential
      ? `unknown: credential ${credential.id} of ${credential.account}, user ${credential.user_id}${refused}`
      : `none${refused}`;
  const { account, namespace, user_id, user_name, impersonates, email, groups } = caller;
  const known = [
    `user ${user_id}${user_name === undefined ? '' : ` (named ${user_name})`}${impersonates ? ' (impersonated)' : ''}`,
    ...(email === '' ? [] : [`email ${email}`]),
    ...(groups.length === 0 ? [] : [`groups ${groups.join(', ')}`]),
  ];
  return `${account} of ${namespace}: ${known.join(', ')}${refused}`;
}

function describeScope({ scope, belongs_to }: Explained): string {
  const home = scope?.home[0];
  if (home === undefined) return 'the account’s own namespace is gone';
  if (scope?.in_scope === null) return `valid in ${home} and below; the request belongs to no namespace`;
  return scope?.in_scope
    ? `${belongs_to.namespace} is ${home} or below it`
    : `${belongs_to.namespace} is neither ${home} nor below it, so the caller counts as unauthenticated`;
}

function printPolicy(
  screen: Screen,
  { id, namespace, mode, applies, rules, allow, deny }: DescribedPolicy,
): void {
  const why = applies.map((each) => {
    if (each.as === 'route') return 'the route’s own';
    if (each.as === 'route-metadata') return 'named by Envoy’s route metadata';
    return each.as === 'default' ? `default of ${each.namespace}` : `enforced in ${each.namespace}`;
  });
  const lines = [
    `  ${id} of ${namespace}: ${[...why, ...(mode === 'shadow' ? ['in shadow, decides nothing'] : [])].join('; ')}`,
  ];
  for (const rule of rules) {
    for (const { action, operator, value, reasons, criteria } of rule.operators) {
      lines.push(
        `    ${rule.path === '' ? '' : `${rule.path} `}${action} ${operator}: ${yesNo(value)}${listed(reasons)}`,
      );
      for (const { name, data, value, reason } of criteria)
        lines.push(`      ${name}${data === undefined ? '' : ` ${data}`}: ${yesNo(value)} (${reason})`);
    }
  }
  lines.push(
    `    allow: ${yesNo(allow.value)}${listed(allow.reasons)}, deny: ${yesNo(deny.value)}${listed(deny.reasons)}`,
  );
  for (const line of lines) {
    const painted = printable(line).replace(/(?<=: )(?:yes|no)(?=$|,| \()/g, (value) =>
      paint(screen, value, value === 'yes' ? 'good' : 'faint'),
    );
    screen.stdout.write(`${painted}\n`);
  }
}

function verdictCell(decision: Described<'decision'>): Cell {
  return { text: describeDecision(decision), tone: decision.verdict === 'allow' ? 'good' : 'bad' };
}

function describeDecision({ verdict, refusal, reasons, policy, enforcement }: Described<'decision'>): string {
  if (verdict === 'failure') return 'failure, which is no denial: a policy can’t be used';
  const by = policy === null ? '' : `, by policy ${policy}`;
  const observed =
    enforcement === 'observe' ? '; only observed, so the request goes through all the same' : '';
  return `${verdict}${refusal === null ? '' : ` (${refusal})`}${listed(reasons)}${by}${observed}`;
}

function describeShadow({ outcome, reasons, policy }: NonNullable<Described<'decision'>['shadow']>): string {
  return `${outcome}${listed(reasons)}${policy === null ? '' : `, by policy ${policy}`}`;
}

function describeAnswer({ answer, decision }: Explained): [string, string][] {
  const headers = answer.headers.map(({ name, value }) => (value === null ? name : `${name}: ${value}`));
  if (answer.status !== null)
    return [
      ['Answer', `HTTP ${answer.status}${decision.verdict === 'failure' ? ', from Envoy' : ''}`],
      ...headers.map((header): [string, string] => ['', header]),
    ];
  return [
    ['Answer', 'the request goes on to the upstream'],
    [
      'Assertion',
      decision.assertion_audience === null ? 'none' : `for the audience ${decision.assertion_audience}`,
    ],
    ['Sets', headers.join(', ') || 'nothing'],
    ['Removes', answer.removed.join(', ') || 'nothing'],
  ];
}

function listed(reasons: readonly string[]): string {
  return reasons.length === 0 ? '' : ` (${reasons.join(', ')})`;
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
