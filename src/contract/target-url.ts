/** Where a request goes, as Envoy would say it. */
export interface TargetUrl {
  readonly host: string;
  /** With its query. */
  readonly path: string;
}

/** Split by hand: a URL parser would tidy up the very paths that are worth asking about. Undefined for what is no URL. */
export function parseTargetUrl(text: string): TargetUrl | undefined {
  const match = /^(?:https?:\/\/)?([^/?#@\s]+)([^#]*)/i.exec(text);
  const host = match?.[1];
  if (match === null || host === undefined) return undefined;
  const path = match[2] ?? '';
  return { host, path: path === '' || path.startsWith('?') ? `/${path}` : path };
}
