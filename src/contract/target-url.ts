/** The target of a request, in Envoy's terms. */
export interface TargetUrl {
  readonly host: string;
  /** With its query. */
  readonly path: string;
}

/** A URL parser would normalize the paths that are worth explaining. Undefined if the text is not a URL. */
export function parseTargetUrl(text: string): TargetUrl | undefined {
  const match = /^(?:https?:\/\/)?([^/?#@\s]+)([^#]*)/i.exec(text);
  const host = match?.[1];
  if (match === null || host === undefined) return undefined;
  const path = match[2] ?? '';
  return { host, path: path === '' || path.startsWith('?') ? `/${path}` : path };
}
