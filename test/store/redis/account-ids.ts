import { AccountId } from '../../../src/tokens/account-id.ts';

export function parseAccountId(text: string): AccountId {
  const id = AccountId.parse(text);
  if (id === undefined) throw new Error(`no account id: ${text}`);
  return id;
}
