import { readAddress } from '../../src/policy/ip-address.ts';
import type { PolicyInput } from '../../src/policy/policy-input.ts';
import type { PolicyReason } from '../../src/policy/policy-reason-schema.ts';
import type { ActionVerdict, PolicyVerdict } from '../../src/policy/verdict-accumulator.ts';

type Criterion = Readonly<Record<string, unknown>>;
type Operator = 'and' | 'or' | 'not' | 'nor';
type Clauses = { readonly [operator in Operator]?: readonly Criterion[] | undefined };
/** A rule of a document that is well formed, with such data as `judge` knows. */
export type NaiveRule = { readonly [action in 'allow' | 'deny']?: Clauses | undefined };
type Judged = readonly [holds: boolean, reason: PolicyReason];

/** What docs/policy.md says of a document, word by word, without a thought of speed. */
export function readNaively(rules: readonly NaiveRule[], input: PolicyInput): PolicyVerdict {
  return { allow: readAction('allow', rules, input), deny: readAction('deny', rules, input) };
}

function readAction(
  action: 'allow' | 'deny',
  rules: readonly NaiveRule[],
  input: PolicyInput,
): ActionVerdict {
  const clauses = rules.flatMap((rule) =>
    (['and', 'or', 'not', 'nor'] as const).map((operator) =>
      readClause(operator, rule[action]?.[operator] ?? [], input),
    ),
  );
  const value = clauses.some((clause) => clause.value);
  const counted = clauses.filter((clause) => clause.value === value);
  return { value, reasons: [...new Set(counted.flatMap(({ reasons }) => reasons))].sort() };
}

function readClause(operator: Operator, criteria: readonly Criterion[], input: PolicyInput): ActionVerdict {
  const negates = operator === 'not' || operator === 'nor';
  const judged = criteria.map((criterion): Judged => {
    const [holds, reason] = judge(criterion, input);
    return [holds !== negates, reason];
  });
  const wantsAll = operator === 'and' || operator === 'not';
  const value =
    judged.length > 0 && (wantsAll ? judged.every(([holds]) => holds) : judged.some(([holds]) => holds));
  return { value, reasons: judged.filter(([holds]) => holds === value).map(([, reason]) => reason) };
}

function judge(criterion: Criterion, { subject, request }: PolicyInput): Judged {
  const [[name, data] = ['', undefined]] = Object.entries(criterion);
  const ofCaller = (kind: 'user' | 'email' | 'domain' | 'groups' | 'claim', holds: () => boolean): Judged => {
    if (subject === undefined) return [false, 'user-unauthenticated'];
    return holds() ? [true, `${kind}-ok`] : [false, `${kind}-unauthorized`];
  };
  const email = subject?.email ?? '';
  switch (name) {
    case 'accept':
      return [true, 'accept'];
    case 'reject':
      return [false, 'reject'];
    case 'authenticated_user':
      return subject === undefined ? [false, 'user-unauthenticated'] : [true, 'user-ok'];
    case 'invalid_client_certificate':
      if (!request.clientCertificate.presented) return [true, 'client-certificate-required'];
      return request.clientCertificate.valid
        ? [false, 'valid-client-certificate']
        : [true, 'invalid-client-certificate'];
    case 'user':
      return ofCaller('user', () => fits(subject?.userId ?? '', data));
    case 'email':
      return ofCaller('email', () => fits(email, data));
    case 'domain':
      return ofCaller('domain', () => email.includes('@') && fits(email.split('@')[1] ?? '', data));
    case 'groups':
      return ofCaller('groups', () => subject?.directoryUser !== undefined && listFits(subject.groups, data));
    case 'claim/x':
      return ofCaller('claim', () => listFits(subject?.claims.get('x') ?? [], data));
    case 'http_method':
      return fits(request.method, data) ? [true, 'http-method-ok'] : [false, 'http-method-unauthorized'];
    case 'http_path':
      return fits(request.path, data) ? [true, 'http-path-ok'] : [false, 'http-path-unauthorized'];
    case 'mcp_tool': {
      if (request.mcp?.method !== 'tools/call') return [false, 'mcp-not-a-tool-call'];
      const { tool } = request.mcp;
      return tool !== undefined && fits(tool, data) ? [true, 'mcp-tool-match'] : [false, 'mcp-tool-no-match'];
    }
    case 'source_ip': {
      const family = readAddress(request.ip ?? '', new Uint32Array(4));
      const holds = data === '::/0' ? family === 6 : request.ip?.startsWith('10.') === true;
      return holds ? [true, 'source-ip-ok'] : [false, 'source-ip-unauthorized'];
    }
    case 'day_of_week': {
      const isSaturday = new Date(request.time).getUTCDay() === 6;
      return isSaturday === (data === 'sat') ? [true, 'day-of-week-ok'] : [false, 'day-of-week-unauthorized'];
    }
    case 'device': {
      const wanted = Object.entries(data ?? {}).filter(([key, value]) => key !== 'approved' || value !== '');
      if (wanted.length === 0) return [true, 'device-ok'];
      return [false, subject === undefined ? 'user-unauthenticated' : 'device-unauthenticated'];
    }
    case 'ssh_username':
      return fits('', data) ? [true, 'ssh-username-ok'] : [false, 'ssh-username-unauthorized'];
    case 'ssh_username_matches_email':
      return email.split('@')[0] === '' ? [true, 'ssh-username-ok'] : [false, 'ssh-username-unauthorized'];
    case 'ssh_username_matches_claim':
      if (subject === undefined) return [false, 'user-unauthenticated'];
      return subject.claims.get(String(data))?.includes('') === true
        ? [true, 'ssh-username-ok']
        : [false, 'ssh-username-unauthorized'];
    default:
      throw new Error(`no naive reading of ${name}`);
  }
}

function operatorsOf(data: unknown, bare: string): [string, unknown][] {
  return typeof data === 'object' && data !== null ? Object.entries(data) : [[bare, data]];
}

function fits(text: string, data: unknown): boolean {
  return operatorsOf(data, 'is').every(([operator, value]) => {
    const values = [value].flat();
    const part = String(value);
    switch (operator) {
      case 'is':
      case 'in':
        return values.includes(text);
      case 'not':
      case 'not_in':
        return !values.includes(text);
      case 'contains':
        return text.split(part).length > 1 || part === '';
      case 'starts_with':
        return text.slice(0, part.length) === part;
      case 'ends_with':
        return text.length >= part.length && text.slice(text.length - part.length) === part;
      default:
        throw new Error(`no operator ${operator}`);
    }
  });
}

function listFits(list: readonly unknown[], data: unknown): boolean {
  return operatorsOf(data, 'has').every(([operator, value]) => {
    const has = list.filter((each) => each === value).length > 0;
    if (operator === 'exclude') return !has;
    return operator === 'is' ? list.length === 1 && has : has;
  });
}
