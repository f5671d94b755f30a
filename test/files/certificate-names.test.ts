import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { certificateNames } from '../../src/files/certificate-names.ts';

const NAMES: readonly (readonly [subjectaltname: string | undefined, names: readonly string[]])[] = [
  [undefined, []],
  ['DNS:a.mesh, URI:spiffe://mesh/a, IP Address:10.0.0.1, email:a@b', ['a.mesh', 'spiffe://mesh/a']],
  ['DNS:"x, DNS:admin, y"', []],
];

describe('the names of a certificate', () => {
  for (const [subjectaltname, names] of NAMES)
    it(`of ${subjectaltname} are ${JSON.stringify(names)}`, () =>
      assert.deepEqual(certificateNames(subjectaltname === undefined ? {} : { subjectaltname }), names));
});
