import type { Command } from 'commander';
import type { Answer } from '../client/client.ts';
import type { Connection } from '../client/http-client.ts';
import { OPERATIONS, type Operations } from '../contract/contract.ts';
import { OperationError } from '../contract/operation-error.ts';
import { addExamples } from './add-examples.ts';
import { chooseServer, signIn } from './choose-server.ts';
import type { CliContext } from './cli-context.ts';
import { type CommonOptions, outputOption } from './command-options.ts';
import { explainRefusal } from './explain-refusal.ts';
import { printJson } from './output.ts';
import { printFields } from './print-table.ts';
import { expiry } from './screen.ts';
import { addServerOptions, type ServerOptions } from './server-options.ts';
import { UsageError } from './usage-error.ts';
import { openServerClient } from './with-client.ts';

type WhoamiOptions = ServerOptions & Pick<CommonOptions, 'output'>;

export function addWhoami(program: Command, context: CliContext): void {
  const command = addServerOptions(program.command('whoami'))
    .summary('show the admin API that verbs call, the account and its roles')
    .addOption(outputOption())
    .action((options: WhoamiOptions) => whoami(context, options));
  addExamples(command, [['sallyport whoami', 'of the current profile']]);
}

async function whoami(context: CliContext, options: WhoamiOptions): Promise<void> {
  const chosen = await chooseServer(context, { ...options, set: {} });
  if (!chosen)
    throw new UsageError(
      'verbs work on the store of this machine, as the current operating-system user; for an admin API: --server URL, or sallyport login --server URL',
    );
  const { server } = chosen;
  const self = await askWhoami(await signIn(context, chosen, options));
  if (options.output === 'json') return printJson(context.stdout, { server: server.text, ...self });
  printFields(context, [
    ['Server', server.text],
    ...(chosen.profile ? [['Profile', chosen.profile.name] as const] : []),
    ['Service account', self.account],
    ['User ID', self.user_id],
    ['Namespace', self.namespace],
    ['Credential', self.credential],
    ['Expires', expiry(self.expires_at)],
    ['Roles', self.roles.map(({ role, namespace }) => `${role} in ${namespace}`).join(', ') || 'none'],
  ]);
}

/** The authenticated account, from the server. Rejects with `OperationError` or `TransportError`. */
export async function askWhoami(connection: Connection): Promise<Answer<Operations['self']['whoami']>> {
  const client = await openServerClient(connection);
  try {
    return await client.call(OPERATIONS.self.whoami);
  } catch (error) {
    throw error instanceof OperationError ? explainRefusal(error, client.server) : error;
  } finally {
    await client.close();
  }
}
