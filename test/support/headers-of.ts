import type { RequestHeaders } from '../../src/credentials/request-headers.ts';

/** Headers as they would arrive with `encode_raw_headers`: a list of values is a repeated header. */
export function headersOf(headers: Readonly<Record<string, string | readonly string[]>>): RequestHeaders {
  const byName = new Map(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? [value] : value]),
  );
  return { values: (name) => byName.get(name) ?? [], names: () => [...byName.keys()] };
}
