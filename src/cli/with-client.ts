import type { Client } from '../client/client.ts';
import type { Connection } from '../client/http-client.ts';
import { type OperationCode, OperationError } from '../contract/operation-error.ts';
import { machinePrincipal } from '../operations/principal.ts';
import { storeOf } from '../store/drivers.ts';
import { type ChosenServer, chooseServer, signIn, type TargetOptions } from './choose-server.ts';
import type { CliContext } from './cli-context.ts';
import { type CommonOptions, loadCommandConfig } from './command-options.ts';
import { explainRefusal } from './explain-refusal.ts';
import { telling } from './telling.ts';

/** What to do about a refusal of each code. */
export type Hints = Readonly<Partial<Record<OperationCode, string>>>;

/** For verbs about one service account. */
export const ACCOUNT_HINTS: Hints = { 'not-found': 'see sallyport sa list' };

/** Runs a verb on the chosen admin API or the configured store, and always closes the client. */
export async function withClient<T>(
  context: CliContext,
  options: TargetOptions,
  work: (client: Client, chosen: ChosenServer | undefined) => Promise<T>,
  hints: Hints = {},
): Promise<T> {
  const chosen = await chooseServer(context, options);
  const client = chosen
    ? await openServerClient(await signIn(context, chosen, options))
    : await openLocalClient(context, options);
  try {
    return await work(client, chosen);
  } catch (error) {
    throw explain(error, client, hints);
  } finally {
    await client.close();
  }
}

/** The same for a change, which prints its place. */
export function withChangingClient<T>(
  context: CliContext,
  options: TargetOptions & Pick<CommonOptions, 'output'>,
  work: (client: Client) => Promise<T>,
  hints?: Hints,
): Promise<T> {
  return withClient(
    context,
    options,
    (client, chosen) => {
      const profile = chosen?.implied ? `, of profile ${chosen.profile?.name}` : '';
      return telling(context, options, `on ${client.place}${profile}`, () => work(client));
    },
    hints,
  );
}

// Loaded when they are needed: `serve` and most verbs need neither, or one of them.

export async function openServerClient(
  connection: Connection,
): Promise<Client & { readonly server: string }> {
  const { HttpClient } = await import('../client/http-client.ts');
  return new HttpClient(connection);
}

/** Operations on the configured store, as the user of this machine. */
export async function openLocalClient(
  context: CliContext,
  options: Pick<CommonOptions, 'config' | 'set'>,
): Promise<Client> {
  const config = loadCommandConfig(context, options);
  const store = await context.openStore(config);
  const { LocalClient } = await import('../client/local-client.ts');
  return new LocalClient({
    store,
    place: `the store in ${storeOf(config).where}`,
    principal: machinePrincipal(context.user, context.host, context.clock),
    issuing: () => context.openIssuing(config),
    explaining: () => context.openExplaining(config, store),
    async lint(text) {
      const { PolicyLinter } = await import('../operations/policy-linter.ts');
      const linter = new PolicyLinter();
      try {
        return await linter.lint(text);
      } finally {
        linter.close();
      }
    },
  });
}

function explain(error: unknown, { server }: Client, hints: Hints): unknown {
  if (!(error instanceof OperationError)) return error;
  const hint = hints[error.code];
  const hinted =
    hint === undefined || error.detail === ''
      ? error
      : new OperationError(error.code, `${error.detail}: ${hint}`, error.issues, { cause: error });
  return server === undefined ? hinted : explainRefusal(hinted, server);
}

export function dryRunQuery(dryRun: boolean): { readonly dry_run: 'true' | 'false' } {
  return { dry_run: dryRun ? 'true' : 'false' };
}
