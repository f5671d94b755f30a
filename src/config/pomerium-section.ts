import { z } from 'zod';
import { Timestamp } from '../accounts/timestamp-schema.ts';
import { Secret } from './secret.ts';
import { isSettingsMap, optionalPath, parsedText, setting } from './setting.ts';

const SECRET_EXPECTED = 'expected base64 of 32 bytes';
export const SharedSecret = parsedText(SECRET_EXPECTED, (value) => {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === value ? new Secret(bytes) : undefined;
});

export const pomerium = z
  .strictObject({
    shared_secret: setting(
      {
        type: 'base64 text',
        meaning:
          "Pomerium's shared secret: accepts the service-account JWTs that Pomerium made. Prefer `shared_secret_file`.",
      },
      SharedSecret.optional(),
    ),
    shared_secret_file: optionalPath('A file with that secret.'),
    accept_until: setting(
      { type: 'time', meaning: "When Pomerium's JWTs stop being accepted, such as `2027-01-31T12:00:00Z`." },
      Timestamp.optional(),
    ),
  })
  .superRefine(
    (value, context) => {
      const report = (key: string, message: string) =>
        context.addIssue({ code: 'custom', path: [key], message });
      const given = [value.shared_secret, value.shared_secret_file].filter(
        (secret) => secret !== undefined,
      ).length;
      if (given === 2)
        report('shared_secret_file', 'expected either shared_secret or shared_secret_file, not both');
      if (given === 0 && value.accept_until !== undefined)
        report('accept_until', 'expected shared_secret or shared_secret_file beside it');
    },
    { when: ({ value }) => isSettingsMap(value) },
  );
