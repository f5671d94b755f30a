export type CredentialScheme = 'x-pomerium-authorization' | 'authorization-pomerium' | 'authorization-bearer';
