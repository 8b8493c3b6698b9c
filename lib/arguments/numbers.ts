// The elements of an array as JavaScript numbers, whatever dtype they come in.
import type { ArrayArgument } from './array';
import { type ElementType, elementCount, viewOf } from './dtype';

/** What {@link numbersOf} reads: an array that was checked, or a part of one. */
type Elements = Pick<ArrayArgument<ElementType>, 'data' | 'dtype'>;

/**
 * The elements as numbers: halves widened to float32 (exact), bool as 0 and 1, int64 rounded to the nearest double,
 * everything else as it is, without a copy.
 */
export function numbersOf({ data, dtype }: Elements): ArrayLike<number> {
  if (dtype === 'float16') return widenFloat16(viewOf('uint16', data));
  if (dtype === 'bfloat16') return widenBfloat16(viewOf('uint16', data));
  if (dtype === 'bool') return ones(viewOf('uint8', data));
  if (dtype === 'int64') return doubles(viewOf('int64', data));
  return data as Exclude<typeof data, BigInt64Array>;
}

/** The elements `start` to `start + length` of an array as numbers. */
export function numbersWithin(
  { data, dtype }: Elements,
  start: number,
  length: number,
): ArrayLike<number> {
  return numbersOf({ data: viewOf(dtype, data, start, length), dtype });
}

function widenFloat16(halves: Uint16Array): Float32Array {
  const numbers = new Float32Array(elementCount(halves));
  const bits = new Uint32Array(numbers.buffer);
  for (let i = 0; i < numbers.length; i++) {
    const half = halves[i] as number;
    const magnitude = half & 0x7fff;
    bits[i] = ((half & 0x8000) << 16) | (magnitude << 13);
    if (magnitude < 0x7c00) {
      // In the places of float32 the exponent counts from −127, not from −15; of a subnormal too.
      numbers[i] = (numbers[i] as number) * 2 ** 112;
    } else {
      bits[i] = (bits[i] as number) | 0x7f80_0000;
    }
  }
  return numbers;
}

/** bfloat16 is the upper half of a float32. */
function widenBfloat16(halves: Uint16Array): Float32Array {
  const numbers = new Float32Array(elementCount(halves));
  const bits = new Uint32Array(numbers.buffer);
  for (let i = 0; i < bits.length; i++) bits[i] = (halves[i] as number) << 16;
  return numbers;
}

function ones(bytes: Uint8Array): Uint8Array {
  const numbers = new Uint8Array(elementCount(bytes));
  for (let i = 0; i < numbers.length; i++) numbers[i] = bytes[i] === 0 ? 0 : 1;
  return numbers;
}

function doubles(integers: BigInt64Array): Float64Array {
  const numbers = new Float64Array(elementCount(integers));
  for (let i = 0; i < numbers.length; i++) numbers[i] = Number(integers[i]);
  return numbers;
}
