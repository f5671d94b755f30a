import { type Command, Option } from 'commander';
import { AccountId } from '../accounts/account-id.ts';
import { OPERATIONS } from '../contract/contract.ts';
import type { TokenPurpose } from '../tokens/verified-token.ts';
import { addExamples } from './add-examples.ts';
import type { CliContext } from './cli-context.ts';
import {
  addExpiryOptions,
  argumentOf,
  type ExpiryOptions,
  expiryField,
  parseDurationArgument,
} from './command-options.ts';
import { purposeOption } from './sa-create.ts';
import { issueAndPrint } from './sa-print.ts';
import { addOperatorOptions, type OperatorOptions } from './server-options.ts';
import { ACCOUNT_HINTS, withChangingClient } from './with-client.ts';

interface RotateOptions extends OperatorOptions, ExpiryOptions {
  readonly label: string;
  readonly for: TokenPurpose;
  /** Milliseconds. */
  readonly oldValidFor?: number;
}

export function addSaRotate(sa: Command, context: CliContext): void {
  const command = addOperatorOptions(sa.command('rotate'))
    .summary('issue another credential; the old ones stay valid until revoked')
    .description(
      'Issues a new credential for the account and shows its JWT once. Older ones stay valid: revoke them once callers use the new one.',
    )
    .argument('<id>', 'the service account', argumentOf(AccountId))
    .option('--label <text>', 'a note to tell the credential by', '')
    .addOption(
      new Option(
        '--old-valid-for <duration>',
        'expire the older ones after this, such as 24h (default: they stay valid until revoked)',
      ).argParser(parseDurationArgument),
    )
    .addOption(purposeOption());
  addExpiryOptions(command).action(async (id: AccountId, options: RotateOptions) => {
    const { oldValidFor } = options;
    const body = {
      purpose: options.for,
      label: options.label,
      ...expiryField(options, context.clock()),
      ...(oldValidFor !== undefined && { old_valid_for_seconds: Math.ceil(oldValidFor / 1000) }),
    };
    await withChangingClient(
      context,
      options,
      (client) =>
        issueAndPrint(context, options, client, () =>
          client.call(OPERATIONS.serviceAccounts.rotate, { params: { id }, body }),
        ),
      ACCOUNT_HINTS,
    );
  });
  addExamples(command, [['sallyport sa rotate checkout --expires 90d', 'another JWT, valid for 90 days']]);
}
