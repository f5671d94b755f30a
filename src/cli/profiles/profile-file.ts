import { z } from 'zod';
import { parseServerUrl, SERVER_EXPECTED } from '../../client/server-url.ts';

export const PROFILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const PROFILE_NAME_EXPECTED =
  'expected 1 to 64 letters, digits and . _ -, the first a letter or digit';

/** A compact JWS, as every credential is one; RFC 7515 §7.1. */
export const TOKEN = /^[A-Za-z0-9_-]{1,8192}\.[A-Za-z0-9_-]{1,8192}\.[A-Za-z0-9_-]{1,8192}$/;

/** An admin API, and as whom it is asked. */
export const Profile = z.strictObject({
  server: z.string().refine((text) => parseServerUrl(text) !== undefined, { error: SERVER_EXPECTED }),
  /** Path of the PEM certificates that sign the server's. */
  ca: z.string().startsWith('/', { error: 'expected an absolute path' }).optional(),
  token: z.string().regex(TOKEN, { error: 'expected a JWT' }).optional(),
});
export type Profile = z.infer<typeof Profile>;

/** What the file of profiles holds. */
export const ProfileFile = z
  .strictObject({
    /** The one that counts where none is named. */
    current: z.string().optional(),
    profiles: z.record(z.string().regex(PROFILE_NAME, { error: PROFILE_NAME_EXPECTED }), Profile),
  })
  .refine(({ current, profiles }) => current === undefined || Object.hasOwn(profiles, current), {
    path: ['current'],
    error: 'expected the name of a profile in the file',
  });
export type ProfileFile = z.infer<typeof ProfileFile>;
