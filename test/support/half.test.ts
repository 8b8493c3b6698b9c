// Half-precision bits against those that are written in the standards' tables.
import { describe, expect, test } from '@jest/globals';
import { fromHalf, type HalfDType, toHalf } from './half';
import { random } from './random';

const KNOWN: readonly [HalfDType, number, number][] = [
  ['float16', 1, 0x3c00],
  ['float16', -2, 0xc000],
  ['float16', 65504, 0x7bff],
  ['float16', 2 ** -14, 0x0400],
  ['float16', 2 ** -24, 0x0001],
  ['float16', 1 / 3, 0x3555],
  ['bfloat16', 1, 0x3f80],
  ['bfloat16', -2, 0xc000],
  ['bfloat16', 2 ** 127 * (2 - 2 ** -7), 0x7f7f],
  ['bfloat16', 2 ** -126, 0x0080],
  ['bfloat16', 2 ** -133, 0x0001],
  ['bfloat16', Math.PI, 0x4049],
];

test.each(KNOWN)('%s has bits for %d', (dtype, value, bits) => {
  expect(toHalf(value, dtype)).toBe(bits);
});

describe.each(['float16', 'bfloat16'] as const)('%s', (dtype) => {
  const digits = { float16: 11, bfloat16: 8 }[dtype];

  test('comes back as it went, every one of its numbers', () => {
    const all = Array.from({ length: 2 ** 16 }, (_, bits) => bits);
    const lost = all.filter((bits) => {
      const value = fromHalf(bits, dtype);
      if (Number.isNaN(value)) return false;
      return toHalf(value, dtype) !== bits || Math.fround(value) !== value;
    });
    expect(lost).toEqual([]);
  });

  test('rounds to the nearest, ties to even', () => {
    const ulp = 2 ** (1 - digits);
    const rounded = (value: number) => fromHalf(toHalf(value, dtype), dtype);
    expect(rounded(1 + ulp / 2)).toBe(1);
    expect(rounded(1 + 1.5 * ulp)).toBe(1 + 2 * ulp);
    expect(rounded(1 + 0.51 * ulp)).toBe(1 + ulp);
    expect(rounded(2 - ulp / 4)).toBe(2);
    const draw = random(digits);
    for (let i = 0; i < 1000; i++) {
      const value = draw.normal(0, 3);
      expect(Math.abs(rounded(value) - value)).toBeLessThanOrEqual((ulp / 2) * Math.abs(value));
    }
  });

  test('has both zeros, both infinities, and NaN', () => {
    const there = (value: number) => fromHalf(toHalf(value, dtype), dtype);
    const values = [0, -0, Infinity, -Infinity, Number.NaN];
    expect(values.map(there)).toEqual(values);
    expect([there(1e39), there(-1e39), there(1e-60)]).toEqual([Infinity, -Infinity, 0]);
  });
});
