/** The path of a request as routes and policies see it. */
export interface RequestPath {
  /** Percent-decoded, without query; an encoded slash is kept as `%2F`. Not to be matched where `ambiguous`. */
  readonly path: string;
  /** Why two servers may read it differently, or undefined if none does. */
  readonly ambiguous: string | undefined;
  /** Whether it holds `%2F`: ambiguous, too, but for routes whose upstream is known to keep it. */
  readonly encodedSlash: boolean;
  /** The same of `;`, which some servers cut off with what follows it in the segment. */
  readonly pathParameters: boolean;
}

/** Nothing encoded, nothing but plain characters: what almost every path looks like. */
const PLAIN = /^\/[A-Za-z0-9\-._~!$&'()*+,:=@/]*$/;
/** With a parameter, too: `/..;x/` is `/../` to a server that cuts parameters off. */
const DOT_SEGMENT = /\/\.{1,2}(?:[/;]|$)/;
const ENCODED = /%[0-9a-f]{2}/i;
const ENCODED_SLASH = /%2f/i;

/** Reads a raw `:path`. Linear in its length. */
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
  // A kept `%2F` next to dots is a dot segment to whoever decodes it later.
  const segments = encodedSlash ? path.replaceAll('%2F', '/') : path;
  if (DOT_SEGMENT.test(segments)) return ambiguous(path, 'it holds a dot segment');
  return { path, ambiguous: undefined, encodedSlash, pathParameters };
}

function ambiguous(path: string, problem: string): RequestPath {
  return { path, ambiguous: problem, encodedSlash: false, pathParameters: false };
}

/** What a route may say of its upstream's reading of paths. */
export interface PathReading {
  readonly encoded_slash?: 'refuse' | 'keep' | undefined;
  readonly path_parameters?: 'refuse' | 'keep' | undefined;
}

/** What makes a path ambiguous, by the field of a route that would say that its upstream reads it in one way. */
export const UNKEPT: Readonly<Record<keyof PathReading, string>> = {
  encoded_slash: 'it holds an encoded slash',
  path_parameters: 'it holds a semicolon',
};

/** The field that the route would need for this path; undefined if the path needs none, or the route has it. */
export function unkeptPart(path: RequestPath, route: PathReading | undefined): keyof PathReading | undefined {
  if (path.encodedSlash && route?.encoded_slash !== 'keep') return 'encoded_slash';
  if (path.pathParameters && route?.path_parameters !== 'keep') return 'path_parameters';
  return undefined;
}

/** Why two servers behind this route may read the path differently, as a caller is told; undefined if none does. */
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
