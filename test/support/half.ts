// The two half-precision formats, as bits in 16-bit words: rounding to the nearest, ties to even, and back.

export type HalfDType = 'float16' | 'bfloat16';

const FORMATS = {
  float16: { exponentBits: 5, fractionBits: 10 },
  bfloat16: { exponentBits: 8, fractionBits: 7 },
} as const;

const double = new DataView(new ArrayBuffer(8));

/** The bits of the nearest number of the format. */
export function toHalf(value: number, dtype: HalfDType): number {
  const { exponentBits, fractionBits } = FORMATS[dtype];
  const bias = 2 ** (exponentBits - 1) - 1;
  const infinity = (2 ** exponentBits - 1) << fractionBits;
  if (Number.isNaN(value)) return infinity | (1 << (fractionBits - 1));
  double.setFloat64(0, value);
  const high = double.getUint32(0);
  const sign = (high >>> 31) << 15;
  if (!Number.isFinite(value)) return sign | infinity;

  // The step between neighbours: no finer than that of the smallest exponent, where numbers are subnormal.
  const exponent = Math.max(((high >>> 20) & 0x7ff) - 1023, 1 - bias);
  const steps = roundHalfToEven(Math.abs(value) / 2 ** (exponent - fractionBits));
  // A fraction that rounds up to the next power of two carries into the exponent.
  const bits = ((exponent + bias - 1) << fractionBits) + steps;
  return sign | Math.min(bits, infinity);
}

/** The number that the bits stand for, which float32 holds exactly. */
export function fromHalf(bits: number, dtype: HalfDType): number {
  const { exponentBits, fractionBits } = FORMATS[dtype];
  const bias = 2 ** (exponentBits - 1) - 1;
  const sign = bits >>> 15 === 1 ? -1 : 1;
  const exponent = (bits >>> fractionBits) & (2 ** exponentBits - 1);
  const fraction = bits & (2 ** fractionBits - 1);
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  const steps = exponent === 0 ? fraction : 2 ** fractionBits + fraction;
  return sign * steps * 2 ** (Math.max(exponent, 1) - bias - fractionBits);
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
