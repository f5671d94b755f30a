/** A token, and whether the key that it is put to signed it: `form` where it is refused before anybody looks. */
export interface JwsVector {
  readonly name: string;
  readonly jws: string;
  readonly signature: 'good' | 'bad' | 'form';
}

export type VectorRow = readonly [name: string, jws: string, signature: JwsVector['signature']];

export function listVectors(source: string, rows: readonly VectorRow[]): JwsVector[] {
  return rows.map(([name, jws, signature]) => ({ name: `${source} ${name}`, jws, signature }));
}
