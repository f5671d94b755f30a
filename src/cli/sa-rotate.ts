import { type Command, Option } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import type { TokenPurpose } from '../tokens/verified-token.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import {
  addExpiryOptions,
  argumentOf,
  type ExpiryOptions,
  expiryOf,
  parseDurationArgument,
} from './command-options.ts';
import { purposeOption } from './sa-create.ts';
import { issueAndPrint } from './sa-print.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { withChangingOperator } from './with-operator.ts';

interface RotateOptions extends OperatorOptions, ExpiryOptions {
  readonly label: string;
  readonly for: TokenPurpose;
  /** Milliseconds. */
  readonly oldValidFor?: number;
}

export function addSaRotate(sa: Command, context: CliContext): void {
  const command = addOperatorOptions(sa.command('rotate'))
    .summary('make a further credential; the old ones stay good until revoked')
    .description(
      'Makes a new credential for the account and shows its JWT once. Older ones stay good: revoke them once callers use the new one.',
    )
    .argument('<id>', 'the service account', argumentOf(AccountId))
    .option('--label <text>', 'a note to tell the credential by', '')
    .addOption(
      new Option(
        '--old-valid-for <duration>',
        'have the older ones expire after this, such as 24h (default: they stay good until revoked)',
      ).argParser(parseDurationArgument),
    )
    .addOption(purposeOption());
  addExpiryOptions(command).action(async (id: AccountId, options: RotateOptions) => {
    const now = context.clock();
    const wanted = {
      id,
      purpose: options.for,
      expiresAt: expiryOf(options, now),
      label: options.label,
      oldValidForMs: options.oldValidFor,
    };
    await withChangingOperator(context, options, (operator) =>
      issueAndPrint(
        context,
        options,
        () => operator.rotateCredential(wanted),
        (account, credential) => operator.revokeCredentials(account, credential),
      ),
    );
  });
  addExamples(command, [['sallyport sa rotate checkout --expires 90d', 'a further JWT, good for 90 days']]);
}
