// Elements of every dtype as JavaScript numbers.
import vm from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import type { ElementType } from '../../../lib/arguments/dtype';
import { numbersOf, numbersWithin } from '../../../lib/arguments/numbers';

const EVERY_HALF = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

/** What the bits of a binary floating-point number mean, by the definition of IEEE 754. */
function meaning(bits: number, exponentBits: number, fractionBits: number): number {
  const sign = bits >>> (exponentBits + fractionBits) ? -1 : 1;
  const exponent = Math.floor(bits / 2 ** fractionBits) % 2 ** exponentBits;
  const fraction = (bits % 2 ** fractionBits) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** (1 - bias);
  return sign * (1 + fraction) * 2 ** (exponent - bias);
}

describe('halves', () => {
  test.each([
    ['float16', 5, 10],
    ['bfloat16', 8, 7],
  ] as const)('%s: all 65 536 are what their bits say, exactly', (dtype, exponent, fraction) => {
    const numbers = numbersOf({ data: EVERY_HALF, dtype });
    expect(numbers).toBeInstanceOf(Float32Array);
    const wrong = EVERY_HALF.filter(
      (bits) => !Object.is(numbers[bits], meaning(bits, exponent, fraction)),
    );
    expect([...wrong]).toEqual([]);
  });

  test('the definition knows numbers that everybody knows', () => {
    expect([0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x8000].map((b) => meaning(b, 5, 10))).toEqual([
      1,
      -2,
      65_504,
      2 ** -24,
      Infinity,
      -0,
    ]);
    expect([0x3f80, 0xff80, 0x3dcd].map((bits) => meaning(bits, 8, 7))).toEqual([
      1,
      -Infinity,
      Math.fround(0.10009765625),
    ]);
  });

  test('at an odd place of a buffer, and of another realm', () => {
    const data = new Uint16Array(new ArrayBuffer(16), 6, 2);
    data.set([0x3c00, 0x3800]);
    expect(numbersOf({ data, dtype: 'float16' })).toEqual(Float32Array.of(1, 0.5));
    const other = vm.runInNewContext('Uint16Array.of(0x3f80)');
    expect(numbersOf({ data: other, dtype: 'bfloat16' })).toEqual(Float32Array.of(1));
  });
});

test('bool is 1 wherever its byte is not 0', () => {
  const numbers = numbersOf({ data: Uint8Array.of(0, 1, 2, 255), dtype: 'bool' });
  expect(Array.from(numbers)).toEqual([0, 1, 1, 1]);
});

test('int64 is rounded to the nearest number', () => {
  const data = BigInt64Array.of(0n, -7n, 2n ** 53n + 1n, 2n ** 53n + 3n, -(2n ** 63n));
  expect(Array.from(numbersOf({ data, dtype: 'int64' }))).toEqual([
    0,
    -7,
    2 ** 53,
    2 ** 53 + 4,
    -(2 ** 63),
  ]);
});

test.each([
  ['float32', new Float32Array(2)],
  ['float64', new Float64Array(2)],
  ['uint8', new Uint8Array(2)],
  ['uint16', new Uint16Array(2)],
  ['int32', new Int32Array(2)],
] as const)('%s is what it is, without a copy', (dtype, data) => {
  expect(numbersOf({ data, dtype })).toBe(data);
});

test.each<[ElementType, Uint8Array | Uint16Array | Float32Array | BigInt64Array]>([
  ['bool', Uint8Array.of(0, 0, 7, 0)],
  ['uint8', Uint8Array.of(0, 0, 1, 0)],
  ['float16', Uint16Array.of(0, 0, 0x3c00, 0)],
  ['float32', Float32Array.of(0, 0, 1, 0)],
  ['int64', BigInt64Array.of(0n, 0n, 1n, 0n)],
])('a part of an array: %s', (dtype, data) => {
  expect(Array.from(numbersWithin({ data, dtype }, 1, 2))).toEqual([0, 1]);
  expect(Array.from(numbersWithin({ data, dtype }, 4, 0))).toEqual([]);
});
