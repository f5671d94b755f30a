import { createCaller, refuseCaller } from '../accounts/caller.ts';
import type { NamePattern } from '../accounts/name-pattern.ts';
import type { NamespaceTree } from '../accounts/namespace-tree.ts';
import type { ServiceAccount } from '../accounts/service-account-schema.ts';
import { OperationError } from '../contract/operation-error.ts';
import type { Principal } from '../operations/principal.ts';
import type { Reader } from '../operations/reader.ts';
import { type Grants, grantsOf } from '../roles/grants.ts';
import type { RoleBinding } from '../roles/role-binding-schema.ts';
import type { TokenVerifier } from '../tokens/token-verifier.ts';
import type { VerifiedToken } from '../tokens/verified-token.ts';

import type { Session } from './sessions.ts';

/** RFC 6750 §2.1 */
const BEARER = /^Bearer +([^ ]+)$/i;

/**
 * Who shows an admin credential. Throws `OperationError`: whether its account, its credential and its roles are still there is
 * asked again whenever its grants are.
 * @param address the client's IP address
 */
export async function signIn(
  authorization: string | undefined,
  address: string,
  tokens: TokenVerifier,
  now: () => number,
  reservedNames: readonly NamePattern[],
): Promise<SignedIn> {
  if (authorization === undefined)
    throw new OperationError('unauthenticated', 'an admin credential is needed');
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined)
    throw new OperationError('unauthenticated', 'expected Authorization: Bearer and a JWT');
  const verdict = await tokens.verify(token, now());
  if ('refused' in verdict) throw new OperationError('unauthenticated', verdict.detail);
  return new SignedIn(verdict, address, now, reservedNames);
}

/** The stored state of an authenticated caller. */
export interface LoadedPrincipal {
  readonly account: ServiceAccount;
  readonly bindings: readonly RoleBinding[];
  readonly grants: Grants;
  /** What the grants were worked out on. */
  readonly tree: NamespaceTree;
}

/** A caller authenticated by an admin credential, or by a session started with one. */
export class SignedIn implements Principal {
  readonly author: Principal['author'];
  readonly now: () => number;
  /** What the credential says; not the JWT itself. */
  readonly token: VerifiedToken;
  /** Undefined where the credential itself was shown. */
  readonly session: Session | undefined;

  readonly #reservedNames: readonly NamePattern[];

  constructor(
    token: VerifiedToken,
    address: string,
    now: () => number,
    reservedNames: readonly NamePattern[],
    session?: Session,
  ) {
    const { accountId, userId, credentialId } = token;
    this.author = { kind: 'account', account: accountId, user_id: userId, credential: credentialId, address };
    this.now = now;
    this.token = token;
    this.#reservedNames = reservedNames;
    this.session = session;
  }

  /** Requests of one account share its part of queues and memory. */
  get accountId(): string {
    return this.token.accountId;
  }

  async grants(reader: Reader): Promise<Grants> {
    return (await this.load(reader)).grants;
  }

  /** Throws `OperationError` if the account or the credential can no longer be used. */
  async load(reader: Reader): Promise<LoadedPrincipal> {
    const { accountId, credentialId } = this.token;
    const [account, credential] = await Promise.all([
      reader.find('service_account', accountId),
      reader.find('credential', credentialId),
    ]);
    if (!account || !credential)
      throw new OperationError('unauthenticated', 'the credential is not known any more');
    const user =
      account.impersonate === undefined
        ? undefined
        : await reader.find('directory_user', account.impersonate);
    if (account.impersonate !== undefined && !user?.active)
      throw new OperationError('unauthenticated', 'the user that it impersonates was deleted');
    const caller = createCaller(account, credential, user);
    const refusal = refuseCaller(caller, this.token, this.now(), 'admin');
    if (refusal) throw new OperationError('unauthenticated', refusal.detail);
    const [bindings, tree] = await Promise.all([reader.bindingsOf(account.id), reader.tree()]);
    const grants = grantsOf(account.namespace, bindings, tree, this.#reservedNames);
    return { account, bindings, grants, tree };
  }
}
