import { CredentialId } from '../../../src/credentials/credential-id.ts';

export function parseCredentialId(text: string): CredentialId {
  const id = CredentialId.parse(text);
  if (id === undefined) throw new Error(`no credential id: ${text}`);
  return id;
}
