import { z } from 'zod';
import { AccountId } from '../accounts/account-id.ts';
import { identifier } from '../accounts/identifier-schema.ts';
import { UserId } from '../accounts/user-id.ts';
import { CredentialId } from '../credentials/credential-id.ts';

/** Who made a change. */
export const Author = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('account').describe('A service account that called the admin API.'),
      account: identifier(AccountId).describe('The id of the service account.'),
      user_id: identifier(UserId).describe('Its user ID then.'),
      credential: identifier(CredentialId).describe(
        'The admin credential that was used, or that the session was started with.',
      ),
      address: z.string().max(64).describe("The client's IP address."),
    }),
    z.strictObject({
      kind: z.literal('machine').describe('A user of the machine that has the store and the keys.'),
      user: z.string().max(256).describe("The operating system's user."),
      host: z.string().max(256).describe('The name of the machine.'),
    }),
  ])
  .meta({
    id: 'Author',
    description: 'Who made a change.',
    example: {
      kind: 'account',
      account: 'alice',
      user_id: 'alice',
      credential: '0192f0c1-0000-7000-8000-000000000000',
      address: '192.0.2.7',
    },
  });
export type Author = z.infer<typeof Author>;
