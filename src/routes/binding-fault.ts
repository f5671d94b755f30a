/**
 * What a request belongs to can't be told, because a stored namespace or route can't be used: the request fails, since it
 * might belong there. A failure is never a denial.
 */
export class BindingFault extends Error {
  override readonly name = 'BindingFault';
}
