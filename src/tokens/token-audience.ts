/** RFC 7519 §4.1.3 lets one audience be a list of one; a token for several is not one of ours. */
export function namesAudience(aud: unknown, audience: string): boolean {
  return aud === audience || (Array.isArray(aud) && aud.length === 1 && aud[0] === audience);
}
