/** A branded string that only `parse` of its kind creates. */
export type Identifier<Name extends string> = string & { readonly __identifier: Name };

export interface IdentifierKind<Id extends string> {
  /** The form of such an identifier, for error messages. */
  readonly expected: string;
  readonly pattern: RegExp;
  /** Undefined if the text is not such an identifier. */
  parse(text: unknown): Id | undefined;
}

export function defineIdentifier<Id extends string>(pattern: RegExp, expected: string): IdentifierKind<Id> {
  const matches = (text: unknown): text is Id => typeof text === 'string' && pattern.test(text);
  return { expected, pattern, parse: (text) => (matches(text) ? text : undefined) };
}

/** An id that an operator chooses for a resource: it appears in URLs, store keys and file names. */
export function defineResourceId<Id extends string>(): IdentifierKind<Id> {
  return defineIdentifier(
    /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9])?$/,
    '1 to 128 letters, digits, ".", "_" or "-", starting and ending with a letter or digit',
  );
}

/** An id that an identity provider chooses. */
export function defineDirectoryId<Id extends string>(): IdentifierKind<Id> {
  return defineIdentifier(
    /^[^\p{Cc}\p{Zl}\p{Zp}\p{Cs}]{1,256}$/u,
    '1 to 256 characters, none of them a control character',
  );
}
