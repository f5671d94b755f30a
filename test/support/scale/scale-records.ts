import type { Write } from '../../../src/store/port.ts';
import type { RecordKind } from '../../../src/store/record.ts';

/** How large a mesh is. Everything in it follows from these numbers, so that nothing need be kept to call it. */
export interface ScaleSize {
  readonly accounts: number;
  /** How many of the accounts, the first ones, each stand for a directory user of their own. */
  readonly impersonating: number;
  /** Routes, and as many policies, each with three criteria. */
  readonly routes: number;
  /** Credentials of each account. */
  readonly credentials: number;
}

/** What one credential is named by, and what it may call. */
export interface ScaleCaller {
  readonly accountId: string;
  readonly userId: string;
  readonly credentialId: string;
  readonly host: string;
  readonly path: string;
}

const ROUTES_PER_TEAM = 10;
const CREATED_AT = '2026-11-01T00:00:00.000Z';

const digits = (number: number) => String(number).padStart(7, '0');
const teamName = (team: number) => `team-${digits(team)}`;
const hostOf = (team: number) => `${teamName(team)}.example.com`;

function teamsOf({ routes }: ScaleSize): number {
  return Math.ceil(routes / ROUTES_PER_TEAM);
}

/** All of one length, so that tokens are, too. */
export function scaleCaller(size: ScaleSize, account: number, credential = 0): ScaleCaller {
  const team = account % teamsOf(size);
  const route = (account % ROUTES_PER_TEAM) * teamsOf(size) + team;
  return {
    accountId: `account-${digits(account)}`,
    userId: `${account < size.impersonating ? 'person' : 'roboter'}-${digits(account)}@${teamName(team)}`,
    credentialId: `${digits(account)}0-0000-4000-8000-${String(credential).padStart(12, '0')}`,
    host: hostOf(team),
    path: `/api/${digits(route)}/things`,
  };
}

/** Namespaces, policies and routes: what every decision needs. */
export function* placeWrites(size: ScaleSize): Generator<Write> {
  const teams = teamsOf(size);
  for (let team = 0; team < teams; team += 1)
    yield write('namespace', teamName(team), {
      parent: 'global',
      name: `Team ${team}`,
      hosts: [hostOf(team)],
      default_policies: [],
    });
  for (let route = 0; route < size.routes; route += 1) yield* routeWrites(size, route);
}

/** A route and its policy. */
export function* routeWrites(size: ScaleSize, route: number, description = ''): Generator<Write> {
  const team = route % teamsOf(size);
  const namespace = teamName(team);
  const prefix = `/api/${digits(route)}`;
  const id = `members-${digits(route)}`;
  yield write('policy', id, {
    namespace,
    name: `Members call ${prefix}`,
    description,
    enforced: false,
    mode: 'enforce',
    explanation: `Only accounts of ${namespace} may read here.`,
    remediation: 'Ask the team for an account.',
    ppl: {
      allow: {
        and: [
          { user: { ends_with: `@${namespace}` } },
          { http_method: { in: ['GET', 'HEAD'] } },
          { http_path: { starts_with: `${prefix}/` } },
        ],
      },
    },
  });
  yield write('route', `route-${digits(route)}`, {
    namespace,
    hosts: [hostOf(team)],
    path: { prefix },
    policies: [id],
    encoded_slash: 'refuse',
  });
}

/** Accounts, each with its user ID and its credentials. */
export function* accountWrites(size: ScaleSize): Generator<Write> {
  for (let account = 0; account < size.accounts; account += 1) {
    const { accountId, userId } = scaleCaller(size, account);
    const credentials = Array.from(
      { length: size.credentials },
      (_, credential) => scaleCaller(size, account, credential).credentialId,
    );
    if (account < size.impersonating)
      yield write('directory_user', userId, {
        email: `${userId}.example.com`,
        name: `Person ${account}`,
        groups: ['engineering', teamName(account % teamsOf(size))],
        claims: { department: ['platform'] },
        active: true,
      });
    else yield write('user_id', userId, { account: accountId });
    yield write('service_account', accountId, {
      namespace: teamName(account % teamsOf(size)),
      ...(account < size.impersonating ? { impersonate: userId } : { user_id: userId }),
      description: '',
      disabled: false,
      pomerium: false,
      created_at: CREATED_AT,
      credentials,
    });
    for (const id of credentials)
      yield write('credential', id, {
        account: accountId,
        purpose: 'mesh',
        label: '',
        issued_at: CREATED_AT,
      });
  }
}

function write(kind: RecordKind, id: string, value: object): Write {
  return { key: { kind, id }, value: { id, ...value } };
}
