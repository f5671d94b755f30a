import type { Command } from 'commander';
import { revokeCredentials } from '../resources/service-accounts.ts';
import { AccountId } from '../tokens/account-id.ts';
import { CredentialId } from '../tokens/credential-id.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import { addCommonOptions, argumentOf, type CommonOptions } from './command-options.ts';
import { printJson } from './output.ts';
import { withStore } from './with-store.ts';

interface RevokeOptions extends CommonOptions {
  readonly credential?: CredentialId;
}

export function addSaRevoke(sa: Command, context: CliContext): void {
  const command = addCommonOptions(sa.command('revoke'))
    .summary('revoke one credential of an account, or all of them')
    .description(
      'Revokes at once and for good. Without --credential every credential of the account, and the account can be rotated to get a new one.',
    )
    .argument('<id>', 'the service account', argumentOf(AccountId))
    .option('--credential <id>', 'only this one; sa show lists them', argumentOf(CredentialId))
    .action(async (id: AccountId, options: RevokeOptions) => {
      const revoked = await withStore(context, options, (store, _config, access) =>
        revokeCredentials(store, access, id, options.credential),
      );
      if (options.output === 'json')
        return printJson(context.stdout, { id, revoked: revoked.map((credential) => credential.id) });
      const ids = revoked.map((credential) => credential.id).join(', ');
      context.stdout.write(
        ids === '' ? `Nothing to revoke: no credential of ${id} was good.\n` : `Revoked ${ids}.\n`,
      );
    });
  addExamples(command, [
    [
      'sallyport sa revoke checkout --credential 0514fc6a-8667-4d1e-9f40-0ac5862bd01c',
      'the old one, after sa rotate',
    ],
    ['sallyport sa revoke checkout', 'all of them, where one got into wrong hands'],
  ]);
}
