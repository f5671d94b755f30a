const BEARER = /^\s*bearer\s+(\S+)/i;

/** Whether an `Authorization` holds `Bearer <jwt>` with a JWT that is ours: alone, repeated or in a comma-joined value. */
export function holdsBareToken(values: readonly string[], isMeantForUs: (token: string) => boolean): boolean {
  for (const value of values)
    for (const part of value.includes(',') ? value.split(',') : [value]) {
      const token = BEARER.exec(part)?.[1];
      if (token !== undefined && isMeantForUs(token)) return true;
    }
  return false;
}
