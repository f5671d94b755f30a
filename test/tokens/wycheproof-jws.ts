import { listVectors, type VectorRow } from './jws-vector.ts';

// Facts of Project Wycheproof (github.com/C2SP/wycheproof at dac1dd4, testvectors_v1/json_web_signature_test.json):
// keys, tokens, their numbers and names. What is not here is for algorithms that we do not have.

export const WYCHEPROOF_ES256_KEY = {
  kty: 'EC',
  crv: 'P-256',
  alg: 'ES256',
  use: 'sig',
  kid: 'kid-ec-sign',
  x: '04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY',
  y: 'UI8exy-C06a7DUnjIdENkxeFtHM4-l_41LqEw9nVgmw',
};

const ES = 'eyJhbGciOiJFUzI1NiIsImtpZCI6ImtpZC1lYy1zaWduIn0';
const ES_SIGNATURE = '5cA0OHyMP7ezamUd5c9kV-FrGxdx4hbGXOdplQkutrqWrte5P-pAvsE3Ve6xSyU3YDQwUHjVVOtvcrEbbnZ8yA';
/** The order of P-256's group, which r and s have to stay below. */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const SCALARS = Object.entries({ Zero: 0n, One: 1n, Nminus1: N - 1n, N });

/** 225 zeros before each half of an otherwise good signature. */
const [ES_R, ES_S] = [0, 32].map((at) => Buffer.from(ES_SIGNATURE, 'base64url').subarray(at, at + 32));
const BUFFER_OVERFLOW = Buffer.concat([
  Buffer.alloc(225),
  ES_R ?? Buffer.alloc(0),
  Buffer.alloc(225),
  ES_S ?? Buffer.alloc(0),
]).toString('base64url');

export const WYCHEPROOF_ES256 = listVectors('Wycheproof ES256', [
  ['18 acceptsValid', `${ES}.Zm9v.${ES_SIGNATURE}`, 'good'],
  ['19 rejectsModifiedSignature', `${ES}.Zm9v.X${ES_SIGNATURE.slice(1)}`, 'bad'],
  ['20 rejectsMissingSignature', `${ES}.Zm9v.`, 'form'],
  ['21 rejectsMissingSignatureAndSeparator', `${ES}.Zm9v`, 'form'],
  ['22 rejectsModifiedPayload', `${ES}.WG9v.${ES_SIGNATURE}`, 'bad'],
  ['23 rejectsMissingPayload', `${ES}..${ES_SIGNATURE}`, 'form'],
  ['24 rejectsMissingPayloadAndSeparator', `${ES}.${ES_SIGNATURE}`, 'form'],
  ['25 rejectsModifiedHeader', `eyJhbGciOiJFUzI1NiIsImtpZCI6IlhpZC1lYy1zaWduIn0.Zm9v.${ES_SIGNATURE}`, 'bad'],
  ['26 rejectsMissingHeader', `.Zm9v.${ES_SIGNATURE}`, 'form'],
  ['27 rejectsMissingHeaderAndSeparator', `Zm9v.${ES_SIGNATURE}`, 'form'],
  ['28 rejectsMissingHeaderAndSignature', '.Zm9v.', 'form'],
  ['29 rejectsMissingHeaderSignatureAndSeparators', 'Zm9v', 'form'],
  ['30 rejectsEmptyString', '', 'form'],
  [
    '31 rejectsSymmetryConfusionAttacks',
    'eyJhbGciOiJIUzI1NiIsImtpZCI6ImtpZC1lYy1zaWduIn0.Zm9v.TgWtz2FIRukBQ_mA5sgHa0Ybtgn7bl-YBPAi7Z0XdHU',
    'bad',
  ],
  [
    '32 rejectsAttackerProvidedEmbeddedJwk',
    'eyJhbGciOiJFUzI1NiIsImtpZCI6ImtpZC1lYy1zaWduIiwiandrIjp7Imt0eSI6IkVDIiwia2lkIjoia2lkLWVjLXNpZ24iLCJ1c2UiOiJzaWciLCJhbGciOiJFUzI1NiIsIngiOiJNZG5UWkRJaERKYmZBU2RGcWFtY3BPMkNoOUdOS0sybTBNUWxoNDAyU3BvIiwieSI6Ijdhdko0bHFfV3l4LW5MUERCUTJZcHl0dUh5TWlvMDdCVXl2bDNqYUMtMVkiLCJjcnYiOiJQLTI1NiJ9fQ.Zm9v.4jmsollQD8ZxvySzXYnIEYA4fwaZi2ZbC0aI1J4LYmW2Bn31NhKdjms2N6o51Dff5-InWXQF9m45VtTexl6yjg',
    'form',
  ],
  [
    '379 SignatureTooLong',
    `${ES}.Zm9v.AOXANDh8jD-3s2plHeXPZFfhaxsXceIWxlznaZUJLra6AJau17k_6kC-wTdV7rFLJTdgNDBQeNVU629ysRtudnzI`,
    'bad',
  ],
  [
    '380 TrailingZeros',
    `${ES}.Zm9v.5cA0OHyMP7ezamUd5c9kV-FrGxdx4hbGXOdplQkutroAlq7XuT_qQL7BN1XusUslN2A0MFB41VTrb3KxG252fMgA`,
    'bad',
  ],
  [
    '381 RisTooBig',
    `${ES}.Zm9v.AeXANDd8jD-4s2plHeXPZFeeUhXFGPm1S1ChNFgFkdwLAJau17k_6kC-wTdV7rFLJTdgNDBQeNVU629ysRtudnzI`,
    'bad',
  ],
  [
    '382 SisTooBig',
    `${ES}.Zm9v.AOXANDh8jD-3s2plHeXPZFfhaxsXceIWxlznaZUJLra6AZau17g_6kC_wTdV7rFLJTcdGyr-H-zzcGMse95q2aIZ`,
    'bad',
  ],
  [
    '383 IntegerOverflow',
    `${ES}.Zm9v.AeXANDh8jD-3s2plHeXPZFfhaxsXceIWxlznaZUJLra6AJau17k_6kC-wTdV7rFLJTdgNDBQeNVU629ysRtudnzI`,
    'bad',
  ],
  [
    '384 IntegerOverflow',
    `${ES}.Zm9v.AOXANDh8jD-3s2plHeXPZFfhaxsXceIWxlznaZUJLra6AZau17k_6kC-wTdV7rFLJTdgNDBQeNVU629ysRtudnzI`,
    'bad',
  ],
  ['385 BufferOverflow', `${ES}.Zm9v.${BUFFER_OVERFLOW}`, 'bad'],
  ...SCALARS.flatMap(([rName, r], row) =>
    SCALARS.map(
      ([sName, s], column): VectorRow => [
        `${386 + row * SCALARS.length + column} rIs${rName}_sIs${sName}`,
        `${ES}.Zm9v.${encodeRawSignature(r, s)}`,
        'bad',
      ],
    ),
  ),
]);

/** r and s as RFC 7518 §3.4 has them: 32 bytes each. */
export function encodeRawSignature(r: bigint, s: bigint): string {
  const hex = [r, s].map((scalar) => scalar.toString(16).padStart(64, '0')).join('');
  return Buffer.from(hex, 'hex').toString('base64url');
}

/** The first vector's secret. */
export const WYCHEPROOF_HS256_SECRET = '-ebuDNsVZ2iJtoZ-akfXTSCt4UO2cruLCsbWlBinggE';
const HS = 'eyJhbGciOiJIUzI1NiIsImtpZCI6ImtpZC1hZXMtc2lnbiJ9';
const HS_MAC = 'TD37p4c_0jmreSrBSDmE0F3mYSPtkZ3WrSyI5wb_KTg';

export const WYCHEPROOF_HS256 = listVectors('Wycheproof HS256', [
  ['1 acceptsValid', `${HS}.Zm9v.${HS_MAC}`, 'good'],
  ['2 rejectsModifiedSignature', `${HS}.Zm9v.X${HS_MAC.slice(1)}`, 'bad'],
  ['3 rejectsMissingSignature', `${HS}.Zm9v.`, 'form'],
  ['4 rejectsMissingSignatureAndSeparator', `${HS}.Zm9v`, 'form'],
  ['5 rejectsModifiedPayload', `${HS}.WG9v.${HS_MAC}`, 'bad'],
  ['6 rejectsMissingPayload', `${HS}..${HS_MAC}`, 'form'],
  ['7 rejectsMissingPayloadAndSeparator', `${HS}.${HS_MAC}`, 'form'],
  ['8 rejectsModifiedHeader', `eyJhbGciOiJIUzI1NiIsImtpZCI6IlhpZC1hZXMtc2lnbiJ9.Zm9v.${HS_MAC}`, 'bad'],
  ['9 rejectsMissingHeader', `.Zm9v.${HS_MAC}`, 'form'],
  ['10 rejectsMissingHeaderAndSeparator', `Zm9v.${HS_MAC}`, 'form'],
  ['14 rejectsExtraEmptyComponent', `${HS}.Zm9v.${HS_MAC}.`, 'form'],
  ['15 rejectsExtraComponent', `${HS}.Zm9v.${HS_MAC}.foo`, 'form'],
  [
    '16 rejectsNoneAlgorithmAndMissingSignature',
    'eyJhbGciOiJub25lIiwia2lkIjoia2lkLWFlcy1zaWduIn0.Zm9v.',
    'form',
  ],
  [
    '17 rejectsValidJsonSerialization',
    `{"payload":"Zm9v","signatures":[{"protected":"${HS}","header":{"unknown":"untrustworthy"},"signature":"${HS_MAC}"}`,
    'form',
  ],
]);

export const WYCHEPROOF_BASE64_SECRET = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
const B64 = 'eyJraWQiOiJoczI1Ni1rZXkiLCJhbGciOiJIUzI1NiJ9';
const B64_MAC = 'c1LROH7eNQwUT8KMVEO52VC3WZ9e_AnDWbZ7aMmowV8';

/** 367 and 370 are left out: called invalid, they are 357 again, byte for byte. */
export const WYCHEPROOF_BASE64 = listVectors('Wycheproof base64', [
  ['357 ValidMac', `${B64}.VGVzdA.${B64_MAC}`, 'good'],
  ['358 ValidEdgeCaseMac', `${B64}.VDIxMzI1NjY4.AAAAtBuQqoI9HuBeAsgjL4nx8sCGYJa5-G2OrureLO4`, 'good'],
  ['359 ValidEdgeCaseMac', `${B64}.VDgxMjM0MTM.____ETVRY0lRV9XgQeYX6ixdGT0NLHYb-wZem_ifJ5k`, 'good'],
  ['360 rejectsSpacesInMac', `${B64}.VGVzdA.    ${B64_MAC}`, 'form'],
  ['361 rejectsInvalidCharacterInsertedInMac', `${B64}.VGVzdA.?${B64_MAC}`, 'form'],
  ['362 rejectsInvalidCharacterInsertedInMac', `${B64}.VGVzdA.${B64_MAC}?`, 'form'],
  [
    '363 rejects0ReplacedbyInvalidCharacter',
    `${B64}.VDIxMzI1NjY4.?AAAtBuQqoI9HuBeAsgjL4nx8sCGYJa5-G2OrureLO4`,
    'form',
  ],
  ['364 rejectsInvalidCharacters', `${B64}.VDgxMjM0MTM.????ETVRY0lRV9XgQeYX6ixdGT0NLHYb-wZem_ifJ5k`, 'form'],
  ['365 spacesInHeader', `${B64}    .VGVzdA.DR-cdw2cCB53b3mpzMfk2gKTeyN0PhXBrTW1atMfSdM`, 'form'],
  ['366 invalidCharactersInHeader', `${B64}####.VGVzdA.23srvDiEYo7665_26qKv4D-0E2a149WRWH_av2ki2I4`, 'form'],
  ['368 spacesInPayload', `${B64}.    VGVzdA.AbPJgmXfihyNBUYpbdPK8qRpPjNuTE-Z_wYQyrU2lMQ`, 'form'],
  ['369 invalidCharactersInPayload', `${B64}.####VGVzdA.Ixs2CdBkk8qjqe2-hq2dobqVvv9iDcDS6gPNgoXJyFY`, 'form'],
  ['371 InvalidCharacterInPayload', `${B64}.?VGVzdA.q0zEA3Js33N6HcOFfBK875qJ_nFwSzI9SN9qJnx5sOc`, 'form'],
  // Called valid, for libraries that skip such characters; RFC 7515 §2 has none, and one token must not be several.
  ['372 InvalidCharacterInsertedInHeader', `${B64.slice(0, -1)}?9.VGVzdA.${B64_MAC}`, 'form'],
  ['373 InvalidCharacterInsertedInPayload', `${B64}.VGVzdA?.${B64_MAC}`, 'form'],
  ['374 ModifiedUnusedBitsInPayload', `${B64}.AB.8sL_ycV8G_D-K_2A3I0EW3NoPMeQzv13cAzuHlQ5TAE`, 'form'],
  ['375 MacOfIncorrectlyEncodedMessage', `${B64}.AB.9phoKDvkBMAqTgeVIYeqAi6-lvC0pbKg9ER--3T97w0`, 'form'],
  [
    '376 ValidSpacesInJsonHeader',
    'eyAia2lkIiA6ICJoczI1Ni1rZXkiLCAiYWxnIiA6ICJIUzI1NiIgfQ.VGVzdA.3nl1C7dKVGLfNyALp4ZKkmNFBJlFP8M9VGzCyil9S1c',
    'good',
  ],
  [
    '377 ValidWhiteSpaceInJsonHeader',
    'eyJraWQiOiJoczI1Ni1rZXkiLAoJImFsZyI6IkhTMjU2In0.VGVzdA.Yxn8cTl7IHpFIoEPOFrWmjm-GQlr_RMqHNJOp1ZuweY',
    'good',
  ],
]);
