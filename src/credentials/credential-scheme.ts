/** Which header a credential came in. */
export type CredentialScheme = 'x-pomerium-authorization' | 'authorization-pomerium' | 'authorization-bearer';
