import { z } from 'zod';
import { AccountId } from '../accounts/account-id.ts';
import { identifier } from '../accounts/identifier-schema.ts';
import { UserId } from '../accounts/user-id.ts';
import { CredentialId } from '../credentials/credential-id.ts';

/** Who made a change. */
export const Author = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('account'),
    account: identifier(AccountId),
    user_id: identifier(UserId),
    /** The admin credential that was used, or that the session came from. */
    credential: identifier(CredentialId),
    /** The client's IP address. */
    address: z.string().max(64),
  }),
  z.strictObject({
    /** Somebody at the machine with the store and the keys. */
    kind: z.literal('machine'),
    /** The operating system's user. */
    user: z.string().max(256),
    host: z.string().max(256),
  }),
]);
export type Author = z.infer<typeof Author>;
