// Elements that nothing can be computed with, and where they are.
import { describe, expect, test } from '@jest/globals';
import type { ArrayArgument } from '../../../lib/arguments/array';
import { ARRAY_OF, type DType } from '../../../lib/arguments/dtype';
import { checkValues, placeOf, type ValueRequirement } from '../../../lib/arguments/values';
import { errorOf } from '../../support/error-of';

const CALL = 'PSELoss.forwardSync';
const SHAPE = [2, 3, 4, 5];
const AXES = ['N', 'C', 'h', 'w'];

/** An array of zeros, but for one value at an index. */
function arrayWith(value: number | bigint, index: number, dtype: DType = 'float32'): ArrayArgument {
  const data = new ARRAY_OF[dtype](120);
  data[index] = value as never;
  return { data, shape: SHAPE, dtype };
}

const check = (array: ArrayArgument, requirement: ValueRequirement, argument = 'maps') =>
  checkValues(CALL, argument, array, AXES, requirement);

describe('finite', () => {
  const finite = { unit: false };

  test.each([0, -0, 1e38, -1e38, Number.MIN_VALUE, 255])('takes %p', (value) => {
    expect(check(arrayWith(value, 7, 'float64'), finite)).toBe(undefined);
  });

  test.each([
    [Number.NaN, 'NaN'],
    [Infinity, 'Infinity'],
    [-Infinity, '-Infinity'],
  ])('refuses %p and says where it is', (value, got) => {
    // 87 = ((1 · 3 + 1) · 4 + 1) · 5 + 2
    expect(errorOf(() => check(arrayWith(value, 87), finite))).toEqual({
      name: 'RangeError',
      code: 'ERR_PSE_VALUE',
      message: `PSELoss.forwardSync: expected maps to be finite everywhere, got ${got} at [n 1, c 1, y 1, x 2]`,
    });
  });

  test('names the first of several', () => {
    const array = arrayWith(Number.NaN, 20);
    (array.data as Float32Array)[119] = Infinity;
    expect(errorOf(() => check(array, finite)).message).toMatch(
      /got NaN at \[n 0, c 1, y 0, x 0]$/,
    );
  });

  test.each<[DType, number]>([
    ['float16', 0x7c00],
    ['float16', 0xfe00],
    ['bfloat16', 0x7f80],
    ['bfloat16', 0xffff],
  ])('looks into halves: %s %d', (dtype, bits) => {
    expect(errorOf(() => check(arrayWith(bits, 0, dtype), finite)).code).toBe('ERR_PSE_VALUE');
  });

  test.each<[DType, number]>([
    ['float16', 0x7bff],
    ['bfloat16', 0x7f7f],
  ])('takes the largest half: %s', (dtype, bits) => {
    expect(check(arrayWith(bits, 0, dtype), finite)).toBe(undefined);
  });

  test('whole numbers are finite', () => {
    expect(check(arrayWith(255, 0, 'uint8'), finite)).toBe(undefined);
    expect(check(arrayWith(-5n, 0, 'int64'), finite)).toBe(undefined);
  });
});

describe('from 0 to 1', () => {
  const message = (value: unknown, hint = '') =>
    `PSELoss.forwardSync: expected labels.gtTexts to be from 0 to 1 everywhere, got ${value} at [n 0, c 0, y 0, x 3]${hint}`;

  test.each<[DType, number | bigint]>([
    ['float32', 0],
    ['float32', 0.5],
    ['float32', 1],
    ['float64', -0],
    ['uint8', 1],
    ['int32', 1],
    ['int64', 1n],
    ['bool', 255],
  ])('takes %s %p', (dtype, value) => {
    expect(check(arrayWith(value, 3, dtype), { unit: true })).toBe(undefined);
  });

  test.each<[DType, number | bigint, string, string]>([
    ['float32', Number.NaN, 'NaN', ''],
    ['float32', -Infinity, '-Infinity', ''],
    ['float64', 1 + 2 ** -52, '1.0000000000000002', ''],
    ['float64', -5e-324, '-5e-324', ''],
    ['int32', -1, '-1', ''],
    ['int64', 2n, '2', ''],
    ['uint8', 255, '255', ' (divide masks that come out of pictures by 255)'],
  ])('refuses %s %p', (dtype, value, got, hint) => {
    expect(
      errorOf(() => check(arrayWith(value, 3, dtype), { unit: true }, 'labels.gtTexts')),
    ).toEqual({ name: 'RangeError', code: 'ERR_PSE_VALUE', message: message(got, hint) });
  });

  test.each<[number, string]>([
    [
      255,
      ' (divide masks that come out of pictures by 255; or binarizeLabels: true counts what is above .5 as 1)',
    ],
    [7, ' (binarizeLabels: true counts what is above .5 as 1)'],
    [Infinity, ''],
  ])('names the option that would take %p, where one would', (value, hint) => {
    const requirement = { unit: true, binarizable: true };
    expect(errorOf(() => check(arrayWith(value, 3), requirement, 'labels.gtTexts')).message).toBe(
      message(value, hint),
    );
  });
});

test('an array without elements holds nothing wrong', () => {
  const none = { data: new Float32Array(0), shape: [0, 3, 4, 5], dtype: 'float32' } as const;
  expect(check(none, { unit: true })).toBe(undefined);
});

test('places are named by the axis: images, channels or kernels, rows, columns', () => {
  expect(placeOf(23, [2, 3, 4], ['N', 'H', 'W'])).toBe('[n 1, y 2, x 3]');
  expect(placeOf(119, SHAPE, ['N', 'Kg', 'H', 'W'])).toBe('[n 1, k 2, y 3, x 4]');
  expect(placeOf(0, [1], ['rows'])).toBe('[rows 0]');
});
