/** The path of a request as routes and policies see it. */
export interface RequestPath {
  /** Percent-decoded, without query. An encoded slash stays `%2F`. Must not be matched if `ambiguous` is set. */
  readonly path: string;
  /** Why two servers may read it differently. Undefined if they agree. */
  readonly ambiguous: string | undefined;
  /** Whether it has `%2F`, which is ambiguous unless the route says that the upstream keeps it. */
  readonly encodedSlash: boolean;
  /** Whether it has `;`. Some servers remove it and the rest of the segment. */
  readonly pathParameters: boolean;
}

/** A path without encoded or special characters, as almost every path is. */
const PLAIN = /^\/[A-Za-z0-9\-._~!$&'()*+,:=@/]*$/;
/** Also with a parameter: a server that removes parameters reads `/..;x/` as `/../`. */
const DOT_SEGMENT = /\/\.{1,2}(?:[/;]|$)/;
const ENCODED = /%[0-9a-f]{2}/i;
const ENCODED_SLASH = /%2f/i;

/** Reads a raw `:path` in linear time. */
export function readRequestPath(raw: string): RequestPath {
  const query = raw.indexOf('?');
  const text = query === -1 ? raw : raw.slice(0, query);
  if (PLAIN.test(text)) return read(text, false, false);
  if (!text.startsWith('/')) return ambiguous(text, 'it does not start with a slash');
  if (/[^\x21-\x7e]/.test(text) || text.includes('#'))
    return ambiguous(text, 'it holds a character that must be encoded');
  if (text.includes('\\') || /%5c/i.test(text)) return ambiguous(text, 'it holds a backslash');
  const parts = text.split(ENCODED_SLASH).map(decode);
  if (!parts.every((part) => part !== undefined)) return ambiguous(text, 'its percent-encoding is not valid');
  if (parts.some((part) => ENCODED.test(part))) return ambiguous(text, 'it is encoded twice');
  const decoded = parts.join('%2F');
  if (/[\x00-\x1f\x7f]/.test(decoded)) return ambiguous(text, 'it holds a control character');
  return read(decoded, parts.length > 1, decoded.includes(';'));
}

function read(path: string, encodedSlash: boolean, pathParameters: boolean): RequestPath {
  if (path.includes('//')) return ambiguous(path, 'it holds an empty segment');
  // A server that decodes `%2F` later reads dots beside it as a dot segment.
  const segments = encodedSlash ? path.replaceAll('%2F', '/') : path;
  if (DOT_SEGMENT.test(segments)) return ambiguous(path, 'it holds a dot segment');
  return { path, ambiguous: undefined, encodedSlash, pathParameters };
}

function ambiguous(path: string, problem: string): RequestPath {
  return { path, ambiguous: problem, encodedSlash: false, pathParameters: false };
}

/** How the upstream of a route reads paths. */
export interface PathReading {
  readonly encoded_slash?: 'refuse' | 'keep' | undefined;
  readonly path_parameters?: 'refuse' | 'keep' | undefined;
}

/** What makes a path ambiguous, by the field of the route that would resolve it. */
export const UNKEPT: Readonly<Record<keyof PathReading, string>> = {
  encoded_slash: 'it holds an encoded slash',
  path_parameters: 'it holds a semicolon',
};

/** The field that this path needs and the route does not set. Undefined if there is none. */
export function unkeptPart(path: RequestPath, route: PathReading | undefined): keyof PathReading | undefined {
  if (path.encodedSlash && route?.encoded_slash !== 'keep') return 'encoded_slash';
  if (path.pathParameters && route?.path_parameters !== 'keep') return 'path_parameters';
  return undefined;
}

/** Why two servers behind this route may read the path differently, for the caller. Undefined if they agree. */
export function pathAmbiguity(path: RequestPath, route: PathReading | undefined): string | undefined {
  const unkept = unkeptPart(path, route);
  const problem = path.ambiguous ?? (unkept && UNKEPT[unkept]);
  return problem && `the path can be read in more than one way: ${problem}`;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
