/**
 * Every way in which a server may read a request target: with or without path parameters, with backslashes as slashes,
 * with slashes merged, cut at NUL or `#`, decoded before or after its dot segments are resolved, once or twice, strictly
 * or as lenient decoders do. Letter case stays.
 *
 * @param target a character is a byte
 */
export function readingsOf(target: string): ReadonlySet<string> {
  let readings = new Set([withoutOrigin(target)]);
  const also = (read: (path: string) => string) => {
    readings = new Set([...readings].flatMap((path) => [path, read(path)]));
  };
  also((path) => cutAt(path, '#'));
  // A query is no part of the path for anybody.
  readings = new Set([...readings].map((path) => cutAt(path, '?')));
  also(withoutParameters);
  also(normalize);
  also(decode);
  also(lenientlyDecode);
  also(withoutParameters);
  also(slashesForBackslashes);
  also(mergeSlashes);
  also((path) => cutAt(path, '\0'));
  also(normalize);
  also((path) => mergeSlashes(normalize(mergeSlashes(slashesForBackslashes(decode(path))))));
  return readings;
}

/** Of a target in absolute form. */
function withoutOrigin(target: string): string {
  return target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
}

function cutAt(path: string, mark: string): string {
  const at = path.indexOf(mark);
  return at === -1 ? path : path.slice(0, at);
}

function withoutParameters(path: string): string {
  return path.replaceAll(/;[^/]*/g, '');
}

function slashesForBackslashes(path: string): string {
  return path.replaceAll('\\', '/');
}

function mergeSlashes(path: string): string {
  return path.replaceAll(/\/{2,}/g, '/');
}

function decode(path: string): string {
  return path.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

/** `%u002f`, and UTF-8 in more bytes than it takes. */
function lenientlyDecode(path: string): string {
  return decode(path.replaceAll(/%u00([0-9a-f]{2})/gi, '%$1'))
    .replaceAll(/[\xc0\xc1]([\x80-\xbf])/g, (pair) =>
      String.fromCharCode(((pair.charCodeAt(0) & 0x1f) << 6) | (pair.charCodeAt(1) & 0x3f)),
    )
    .replaceAll(/\xe0([\x80\x81])([\x80-\xbf])/g, (triple) =>
      String.fromCharCode(((triple.charCodeAt(1) & 0x3f) << 6) | (triple.charCodeAt(2) & 0x3f)),
    );
}

/** RFC 3986 §5.2.4 */
function normalize(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
    if (last && (segment === '.' || segment === '..')) kept.push('');
  });
  return `/${kept.join('/')}`;
}
