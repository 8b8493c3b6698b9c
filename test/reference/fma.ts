// a·b + c with a single rounding, which JavaScript does not have: in float32 and in float64.

// Looked up once: Jest's sandbox makes every look-up of a global slow.
const { fround } = Math;
const { isFinite: finite } = Number;

/** In float32, of three float32 numbers. The product of two is exact in double; the sum is rounded to odd, then to float32. */
export function fmaSingle(a: number, b: number, c: number): number {
  return fround(sumToOdd(a * b, c));
}

/**
 * In float64. Boldo and Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd",
 * IEEE Transactions on Computers 57 (2008). Exact while no part of the product leaves the range of a double; it is not meant
 * for logits below 1e-290 or above 1e290.
 */
export function fmaDouble(a: number, b: number, c: number): number {
  const plain = a * b + c;
  if (!finite(plain)) return plain;
  const [product, productError] = exactProduct(a, b);
  const [low, lowError] = exactSum(c, productError);
  const [high, highError] = exactSum(product, low);
  return high + sumToOdd(lowError, highError);
}

/** a + b, rounded to odd: of the two doubles around an inexact sum, the one whose last bit is 1. */
function sumToOdd(a: number, b: number): number {
  const [sum, error] = exactSum(a, b);
  if (error === 0 || !finite(sum)) return sum;
  double[0] = sum;
  const isOdd = (bits[0]! & 1n) === 1n;
  if (!isOdd) bits[0]! += error > 0 === sum > 0 ? 1n : -1n; // one step away from 0, or towards it
  return double[0];
}

const double = new Float64Array(1);
const bits = new BigUint64Array(double.buffer);

/** Knuth's: the rounded sum, and what rounding took from it. */
function exactSum(a: number, b: number): readonly [sum: number, error: number] {
  const sum = a + b;
  const fromB = sum - a;
  return [sum, a - (sum - fromB) + (b - fromB)];
}

/** Dekker's: the rounded product, and what rounding took from it. */
function exactProduct(a: number, b: number): readonly [product: number, error: number] {
  const product = a * b;
  const [a1, a2] = halves(a);
  const [b1, b2] = halves(b);
  return [product, a2 * b2 - (product - a1 * b1 - a2 * b1 - a1 * b2)];
}

/** Veltkamp's: a number as the sum of two of at most 26 bits. */
function halves(a: number): readonly [number, number] {
  const shifted = a * (2 ** 27 + 1);
  const high = shifted - (shifted - a);
  return [high, a - high];
}
