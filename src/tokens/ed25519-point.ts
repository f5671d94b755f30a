/** The field and the curve: RFC 8032 §5.1. */
const P = 2n ** 255n - 19n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const SIGN_BIT = 2n ** 255n;

/**
 * Whether the order of the points with this y divides 8. Then y² is 1 (orders 1 and 2) or 0 (order 4), or y is a root of
 * D·y⁴ + 2·y² = 1 (order 8, from doubling to a point of order 4).
 */
function hasSmallOrder(y: bigint): boolean {
  const square = mod(y * y);
  return square === 1n || square === 0n || mod(D * square * square + 2n * square - 1n) === 0n;
}

/**
 * Whether 32 bytes are a safe public key: the canonical encoding of a point on the curve (RFC 8032 §5.1.3) whose order is
 * not small. OpenSSL accepts any bytes, and anyone can forge signatures for a key of small order.
 */
export function isSoundEd25519Point(encoded: Uint8Array): boolean {
  if (encoded.length !== 32) return false;
  const number = BigInt(`0x${Buffer.from(encoded).reverse().toString('hex')}`);
  const y = number % SIGN_BIT;
  if (y >= P || hasSmallOrder(y)) return false;
  // x² = (y² - 1) / (D·y² + 1): a quotient is a square if the product of its terms is a square.
  const square = mod(y * y);
  const product = mod((square - 1n) * (D * square + 1n));
  return power(product, (P - 1n) / 2n) === 1n;
}

function mod(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let factor = base, left = exponent; left > 0n; left >>= 1n, factor = mod(factor * factor))
    if (left & 1n) result = mod(result * factor);
  return result;
}
