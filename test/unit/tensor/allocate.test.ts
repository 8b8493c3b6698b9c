// Memory that threads share: which arrays, and what is refused in which words.
import { describe, expect, test } from '@jest/globals';
import { expectTypeOf } from 'expect-type';
import type { DType } from '../../../lib/arguments/dtype';
import { allocate } from '../../../lib/tensor/allocate';
import { errorOf } from '../../support/error-of';
import { filledByWorker } from './worker';

const call = (dtype: unknown, shape: unknown) => allocate(dtype as DType, shape as number[]);

describe('gives', () => {
  test.each([
    ['float32', Float32Array],
    ['float64', Float64Array],
    ['float16', Uint16Array],
    ['bfloat16', Uint16Array],
    ['uint8', Uint8Array],
    ['int32', Int32Array],
    ['int64', BigInt64Array],
    ['bool', Uint8Array],
  ] as const)('%s in memory that threads share', (dtype, Class) => {
    const { data, shape, ...rest } = allocate(dtype, [2, 3]);
    expect(data).toBeInstanceOf(Class);
    expect(data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(data.buffer.byteLength).toBe(6 * Class.BYTES_PER_ELEMENT);
    expect(Array.from(data as ArrayLike<unknown>, String)).toEqual(Array(6).fill('0'));
    expect([shape, rest]).toEqual([[2, 3], { dtype }]);
  });

  test('the type of its dtype', () => {
    expectTypeOf(allocate('float32', [1]).data).toEqualTypeOf<Float32Array>();
    expectTypeOf(allocate('int64', [1]).data).toEqualTypeOf<BigInt64Array>();
    expectTypeOf(allocate('bool', [1]).dtype).toEqualTypeOf<'bool'>();
    expect(allocate('bool', [1]).dtype).toBe('bool');
  });

  test('one element without axes, and none where a size is 0', () => {
    expect(allocate('uint8', []).data.length).toBe(1);
    expect(allocate('int64', [2, 0, 3]).data.length).toBe(0);
  });

  test('new memory every time, and a shape of its own', () => {
    const shape = [4];
    const [a, b] = [allocate('uint8', shape), allocate('uint8', shape)];
    shape[0] = 5;
    a.data[0] = 1;
    expect([a.shape, b.data[0], Object.isFrozen(a.shape)]).toEqual([[4], 0, true]);
  });

  test('memory that a worker fills', async () => {
    const array = allocate('float32', [3]);
    await filledByWorker(array.data);
    expect([...array.data]).toEqual([7, 7, 7]);
  });

  test('memory that cannot be transferred away', () => {
    const { data } = allocate('uint8', [4]);
    expect(() => structuredClone(data, { transfer: [data.buffer as never] })).toThrow();
    expect(data.length).toBe(4);
  });
});

describe('refuses', () => {
  test.each<[string, unknown, unknown, string, string, string]>([
    [
      'no dtype',
      undefined,
      [1],
      'TypeError',
      'ERR_PSE_TYPE',
      "expected dtype to be 'float32', 'float64', 'float16', 'bfloat16', 'uint8', 'int32', 'int64' or 'bool', got nothing",
    ],
    [
      'another dtype',
      'flaot32',
      [1],
      'TypeError',
      'ERR_PSE_OPTION',
      "expected dtype to be 'float32', 'float64', 'float16', 'bfloat16', 'uint8', 'int32', 'int64' or 'bool', got the string \"flaot32\" (did you mean 'float32'?)",
    ],
    [
      'no shape',
      'uint8',
      undefined,
      'TypeError',
      'ERR_PSE_TYPE',
      'expected shape to be an array of sizes, got nothing',
    ],
    [
      'a number',
      'uint8',
      3,
      'TypeError',
      'ERR_PSE_TYPE',
      'expected shape to be an array of sizes, got the number 3',
    ],
    [
      'a negative size',
      'uint8',
      [2, -1],
      'RangeError',
      'ERR_PSE_SHAPE',
      'expected shape to be integers of 0 or more, got [2, -1]',
    ],
    [
      'a fraction',
      'uint8',
      [1.5],
      'RangeError',
      'ERR_PSE_SHAPE',
      'expected shape to be integers of 0 or more, got [1.5]',
    ],
    [
      'a string',
      'uint8',
      ['2'],
      'RangeError',
      'ERR_PSE_SHAPE',
      'expected shape to be integers of 0 or more, got [the string "2"]',
    ],
    [
      'too many elements',
      'uint8',
      [2 ** 40, 2 ** 20],
      'RangeError',
      'ERR_PSE_SHAPE',
      'expected shape to be sizes with a product below 2^53, got [1099511627776, 1048576]',
    ],
    [
      'too many, were none of them 0',
      'uint8',
      [2 ** 40, 0, 2 ** 20],
      'RangeError',
      'ERR_PSE_SHAPE',
      'expected shape to be sizes with a product below 2^53, got [1099511627776, 0, 1048576]',
    ],
    [
      'more sizes than any array has',
      'uint8',
      Array.from({ length: 9 }, () => 1),
      'RangeError',
      'ERR_PSE_SHAPE',
      'expected shape to be at most 8 sizes, got [1, 1, 1, 1, 1, 1, 1, 1, …]',
    ],
    [
      'a shape longer than memory',
      'uint8',
      new Array(2 ** 32 - 1),
      'RangeError',
      'ERR_PSE_SHAPE',
      'expected shape to be at most 8 sizes, got [nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing, …]',
    ],
  ])('%s', (_, dtype, shape, name, code, message) => {
    expect(errorOf(() => call(dtype, shape))).toEqual({
      name,
      code,
      message: `allocate: ${message}`,
    });
  });

  test.each([[[2 ** 50]], [[2 ** 46, 2 ** 3]]])('what there is no memory for: %j', (shape) => {
    const { code, message } = errorOf(() => allocate('float64', shape));
    expect(code).toBe('ERR_PSE_OUT_OF_MEMORY');
    expect(message).toMatch(/^allocate: no memory for \d+ elements of float64, \[/);
  });
});
