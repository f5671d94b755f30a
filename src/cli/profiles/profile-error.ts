/** The file of profiles can't be used; the message says where it is wrong and what to do, and quotes nothing of it. */
export class ProfileError extends Error {
  override readonly name = 'ProfileError';
}
