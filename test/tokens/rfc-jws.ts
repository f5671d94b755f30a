import { listVectors } from './jws-vector.ts';

// The RFCs' examples. Those of RFC 7515 A.2, A.4 and RFC 7520 4.1 to 4.3 are for algorithms that we do not have.

const JOE = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
const ES_JOE_SIGNATURE =
  'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';

export const RFC7515_ES256_KEY = {
  kty: 'EC',
  crv: 'P-256',
  kid: 'e9bc097a-ce51-4036-9562-d2ade882db0d',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};

export const RFC7515 = listVectors('RFC 7515', [
  ['A.3: ES256', `eyJhbGciOiJFUzI1NiJ9.${JOE}.${ES_JOE_SIGNATURE}`, 'good'],
  [
    'A.1: HS256 is no ES256',
    `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${JOE}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`,
    'bad',
  ],
  ['A.5: an unsecured JWS', `eyJhbGciOiJub25lIn0.${JOE}.`, 'form'],
  ['A.5: an unsecured JWS with a signature', `eyJhbGciOiJub25lIn0.${JOE}.${ES_JOE_SIGNATURE}`, 'bad'],
  [
    'A.7: flattened JSON serialization',
    `{"payload":"${JOE}","protected":"eyJhbGciOiJFUzI1NiJ9","header":{"kid":"${RFC7515_ES256_KEY.kid}"},"signature":"${ES_JOE_SIGNATURE}"}`,
    'form',
  ],
  [
    'E: an extension that has to be understood',
    'eyJhbGciOiJub25lIiwNCiAiY3JpdCI6WyJodHRwOi8vZXhhbXBsZS5jb20vVU5ERUZJTkVEIl0sDQogImh0dHA6Ly9leGFtcGxlLmNvbS9VTkRFRklORUQiOnRydWUNCn0.RkFJTA.',
    'form',
  ],
  ['F: a detached payload', `eyJhbGciOiJFUzI1NiJ9..${ES_JOE_SIGNATURE}`, 'form'],
]);

/** RFC 7515 A.1's secret: too long for Pomerium. */
export const RFC7515_HS256_SECRET =
  'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow';

export const RFC7520_HS256_SECRET = 'hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg';
const FRODO = `SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBkb24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4`;
const BAGGINS = 'eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9';
const FRODO_MAC = 's0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0';

export const RFC7520 = listVectors('RFC 7520', [
  ['4.4: HS256', `${BAGGINS}.${FRODO}.${FRODO_MAC}`, 'good'],
  ['4.5: with a detached payload', `${BAGGINS}..${FRODO_MAC}`, 'form'],
]);

/** RFC 8037 A.2. */
export const RFC8037_KEY = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
};
const ED = 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc';
const ED_SIGNATURE = 'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';

export const RFC8037 = listVectors('RFC 8037', [
  ['A.4: Ed25519', `${ED}.${ED_SIGNATURE}`, 'good'],
  ['A.4 with another signature', `${ED}.i${ED_SIGNATURE.slice(1)}`, 'bad'],
  // RFC 9864's name for the same; what a token says is compared with what its key is for.
  ['A.4 as Ed25519', `eyJhbGciOiJFZDI1NTE5In0.${ED.split('.')[1]}.${ED_SIGNATURE}`, 'bad'],
]);
