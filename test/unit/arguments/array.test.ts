// Arrays that come in: what is taken, what is refused, and in which words.
import vm from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { type ArrayRequirement, readArray } from '../../../lib/arguments/array';
import { errorOf } from '../../support/error-of';

const REQUIREMENT: ArrayRequirement = { dtypes: ['float32', 'uint8'], axes: ['N', 'H', 'W'] };
const read = (value: unknown, requirement: ArrayRequirement = REQUIREMENT) =>
  readArray('PSELoss.forwardSync', 'maps', value, requirement);

const HALVES: ArrayRequirement = { dtypes: ['float32', 'float16', 'bfloat16'], axes: ['N'] };
const LABELS: ArrayRequirement = { dtypes: ['float32', 'uint8', 'bool', 'int64'], axes: ['N'] };
const { Float16Array } = globalThis as unknown as { Float16Array?: typeof Float32Array };

describe('takes', () => {
  test('the elements themselves, without a copy', () => {
    const data = new Float32Array(12);
    const taken = read({ data, shape: [2, 2, 3] });
    expect(taken.data).toBe(data);
    expect(taken).toEqual({ data, shape: [2, 2, 3], dtype: 'float32' });
  });

  test('each dtype that is allowed, and a dtype that says the same', () => {
    const data = new Uint8Array(1);
    expect(read({ data, shape: [1, 1, 1], dtype: 'uint8' }).dtype).toBe('uint8');
  });

  test('sizes of zero', () => {
    expect(read({ data: new Float32Array(0), shape: [0, 2, 3] }).shape).toEqual([0, 2, 3]);
  });

  test('a view into the middle of a buffer, also of a shared one', () => {
    for (const buffer of [new ArrayBuffer(64), new SharedArrayBuffer(64)]) {
      const data = new Float32Array(buffer, 8, 6);
      expect(read({ data, shape: [1, 2, 3] }).data).toBe(data);
    }
  });

  test('an array of another realm, with a shape of another realm', () => {
    const given = vm.runInNewContext('({ data: new Float32Array(6), shape: [1, 2, 3] })');
    expect(given.data instanceof Float32Array).toBe(false);
    expect(read(given)).toEqual({ data: given.data, shape: [1, 2, 3], dtype: 'float32' });
  });

  test('a Node Buffer as uint8', () => {
    expect(read({ data: Buffer.alloc(6), shape: [1, 2, 3] }).dtype).toBe('uint8');
  });

  test('a view at an odd byte of a buffer', () => {
    const data = new Uint8Array(new ArrayBuffer(64), 7, 6);
    expect(read({ data, shape: [1, 2, 3] }).data).toBe(data);
  });

  test.each(['float16', 'bfloat16'])('halves as their bits: %s', (dtype) => {
    const data = new Uint16Array(3);
    expect(read({ data, shape: [3], dtype }, HALVES)).toEqual({ data, shape: [3], dtype });
  });

  (Float16Array ? test : test.skip)('halves in a Float16Array, of another realm too', () => {
    for (const data of [new Float16Array!(3), vm.runInNewContext('new Float16Array(3)')]) {
      for (const dtype of [undefined, 'float16']) {
        const taken = read({ data, shape: [3], dtype }, HALVES);
        expect(taken.data).toBe(data);
        expect(taken.dtype).toBe('float16');
      }
    }
  });

  test('a Uint8Array as bool if it says so', () => {
    const data = new Uint8Array(3);
    expect(read({ data, shape: [3] }, LABELS).dtype).toBe('uint8');
    expect(read({ data, shape: [3], dtype: 'bool' }, LABELS).dtype).toBe('bool');
  });

  test("dims for shape and type for dtype, onnxruntime's words", () => {
    const data = new Uint16Array(3);
    const expected = { data, shape: [3], dtype: 'float16' };
    expect(read({ data, dims: [3], type: 'float16' }, HALVES)).toEqual(expected);
    expect(read({ data, dims: [3], dtype: 'float16' }, HALVES)).toEqual(expected);
    expect(read({ data, shape: [3], type: 'float16' }, HALVES)).toEqual(expected);
    const both = { data, shape: [3], dims: [3], dtype: 'float16', type: 'float16' };
    expect(read(both, HALVES)).toEqual(expected);
  });

  test('Uint16Array as what it is where that is allowed', () => {
    const counts = readArray(
      'f',
      'x',
      { data: new Uint16Array(3), shape: [3] },
      {
        dtypes: ['uint16'],
        axes: ['N'],
      },
    );
    expect(counts.dtype).toBe('uint16');
  });

  test('any number of axes after those that are named, where they are left open', () => {
    const open: ArrayRequirement = { dtypes: ['float32'], axes: ['N', '…'] };
    for (const shape of [[2], [2, 3], [2, 1, 1, 1, 1, 1, 1, 3]]) {
      const data = new Float32Array(shape.reduce((product, size) => product * size));
      expect(read({ data, shape }, open).shape).toEqual(shape);
    }
  });

  test('properties that are inherited or behind a Proxy', () => {
    class Image {
      get data() {
        return new Float32Array(1);
      }
      get shape() {
        return [1, 1, 1];
      }
    }
    expect(read(new Image()).shape).toEqual([1, 1, 1]);
    expect(read(new Proxy(new Image(), {})).shape).toEqual([1, 1, 1]);
  });

  test('each property once, so that what was checked is what is used', () => {
    const reads: string[] = [];
    const given = {
      get data() {
        reads.push('data');
        return new Float32Array(1);
      },
      get shape() {
        reads.push('shape');
        return [1, 1, 1];
      },
      get dims() {
        reads.push('dims');
        return [1, 1, 1];
      },
      get dtype() {
        reads.push('dtype');
        return undefined;
      },
      get type() {
        reads.push('type');
        return 'float32';
      },
    };
    read(given);
    expect(reads.sort()).toEqual(['data', 'dims', 'dtype', 'shape', 'type']);
  });

  test('a copy of the shape, each size read once, that nobody changes', () => {
    let reads = 0;
    const shape = [1, 2, 3];
    const counting = new Proxy(shape, {
      get(target, key) {
        if (key === '1') reads += 1;
        return Reflect.get(target, key);
      },
    });
    const taken = read({ data: new Float32Array(6), shape: counting });
    shape[0] = 99;
    expect(taken.shape).toEqual([1, 2, 3]);
    expect(Object.isFrozen(taken.shape)).toBe(true);
    expect(reads).toBe(1);
  });

  test('the real number of elements, whatever a length of its own says', () => {
    const data = new Float32Array(2);
    Object.defineProperty(data, 'length', { value: 6 });
    expect(errorOf(() => read({ data, shape: [1, 2, 3] })).code).toBe('ERR_PSE_SHAPE');
  });
});

describe('refuses', () => {
  const data = new Float32Array(6);
  const shape = [1, 2, 3];

  test.each([
    [undefined, 'nothing'],
    [null, 'null'],
    [1, 'the number 1'],
    [[data], 'an array of 1 element'],
    ['maps', 'the string "maps"'],
    [() => {}, 'a function'],
  ])('%p, which is no object', (value, got) => {
    expect(errorOf(() => read(value))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message: `PSELoss.forwardSync: expected maps to be an object { data, shape }, got ${got}`,
    });
  });

  test('a bare typed array, saying how to wrap it', () => {
    expect(errorOf(() => read(data))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message:
        'PSELoss.forwardSync: expected maps to be an object { data, shape }, got a Float32Array of 6 elements (pass { data, shape: [N, H, W] })',
    });
  });

  test.each([
    [undefined, 'nothing'],
    [[1, 2], 'an array of 2 elements (Float32Array.from(data) makes one)'],
    [new ArrayBuffer(24), 'a bare ArrayBuffer'],
    [new Proxy(data, {}), 'a Proxy'],
    [{ length: 6 }, 'an object'],
  ])('data %p, which is no typed array', (value, got) => {
    expect(errorOf(() => read({ data: value, shape }))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message: `PSELoss.forwardSync: expected maps.data to be a typed array of float32, uint8, got ${got}`,
    });
  });

  test.each([
    [new Float64Array(6), 'a Float64Array of 6 elements (Float32Array.from(data) makes one)'],
    [
      new Uint8ClampedArray(6),
      'a Uint8ClampedArray of 6 elements (Float32Array.from(data) makes one)',
    ],
    [new Int8Array(6), 'an Int8Array of 6 elements (Float32Array.from(data) makes one)'],
    [new BigInt64Array(6), 'a BigInt64Array of 6 elements'],
    [new DataView(new ArrayBuffer(6)), 'a DataView'],
  ])('elements of another dtype: %p', (value, got) => {
    expect(errorOf(() => read({ data: value, shape }))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_DTYPE',
      message: `PSELoss.forwardSync: expected maps.data to be a typed array of float32, uint8, got ${got}`,
    });
  });

  test('bits of halves without a dtype, saying which there are', () => {
    expect(errorOf(() => read({ data: new Uint16Array(3), shape: [3] }, HALVES))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_DTYPE',
      message:
        "PSELoss.forwardSync: expected maps.dtype to be 'float16' or 'bfloat16', as its data says, got nothing (a Uint16Array may hold the bits of either)",
    });
  });

  test.each([
    [new Uint16Array(3), 'uint16', "'float16' or 'bfloat16'"],
    [new Uint16Array(3), 'float32', "'float16' or 'bfloat16'"],
    [new Float32Array(3), 'float16', "'float32'"],
  ])('%p that calls itself %s', (array, dtype, words) => {
    expect(errorOf(() => read({ data: array, shape: [3], dtype }, HALVES)).message).toBe(
      `PSELoss.forwardSync: expected maps.dtype to be ${words}, as its data says, got "${dtype}"`,
    );
    expect(errorOf(() => read({ data: array, shape: [3], type: dtype }, HALVES)).message).toBe(
      `PSELoss.forwardSync: expected maps.type to be ${words}, as its data says, got "${dtype}"`,
    );
  });

  test('a bool where there is none', () => {
    expect(errorOf(() => read({ data: new Uint8Array(6), shape, dtype: 'bool' })).message).toBe(
      'PSELoss.forwardSync: expected maps.dtype to be \'uint8\', as its data says, got "bool"',
    );
  });

  test('a Uint16Array where halves are not allowed', () => {
    expect(errorOf(() => read({ data: new Uint16Array(3), shape: [3] }, LABELS)).message).toBe(
      'PSELoss.forwardSync: expected maps.data to be a typed array of float32, uint8, bool, int64, got a Uint16Array of 3 elements (Float32Array.from(data) makes one)',
    );
  });

  test('two spellings of a dtype that differ', () => {
    const given = { data: new Uint16Array(3), shape: [3], dtype: 'float16', type: 'bfloat16' };
    expect(errorOf(() => read(given, HALVES))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_DTYPE',
      message:
        'PSELoss.forwardSync: expected maps.dtype and maps.type to be the same, got "float16" and "bfloat16"',
    });
    expect(errorOf(() => read({ ...given, type: null }, HALVES)).message).toMatch(
      /got "float16" and null$/,
    );
  });

  test('two spellings of a shape that differ', () => {
    expect(errorOf(() => read({ data, shape, dims: [1, 3, 2] }))).toEqual({
      name: 'RangeError',
      code: 'ERR_PSE_SHAPE',
      message:
        'PSELoss.forwardSync: expected maps.shape and maps.dims to be the same, got [1, 2, 3] and [1, 3, 2]',
    });
  });

  test('dims that are none, by their own name', () => {
    expect(errorOf(() => read({ data, dims: '1,2,3' }))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message:
        'PSELoss.forwardSync: expected maps.dims to be an array [N, H, W], got the string "1,2,3"',
    });
    expect(errorOf(() => read({ data, dims: [6] })).message).toBe(
      'PSELoss.forwardSync: expected maps.dims to be [N, H, W], 3 sizes of 0 or more, got [6]',
    );
    expect(errorOf(() => read({ data, shape, dims: null })).message).toBe(
      'PSELoss.forwardSync: expected maps.dims to be an array [N, H, W], got null',
    );
  });

  test('too few and too many axes where the last are left open', () => {
    const open: ArrayRequirement = { dtypes: ['float32'], axes: ['N', '…'] };
    for (const sizes of [[], [6, 1, 1, 1, 1, 1, 1, 1, 1]]) {
      expect(errorOf(() => read({ data, shape: sizes }, open)).message).toMatch(
        /^PSELoss\.forwardSync: expected maps\.shape to be \[N, …], 1 to 8 sizes of 0 or more, got \[/,
      );
    }
  });

  test.each(['data', 'shape', 'dims', 'dtype', 'type'])(
    'what the getter of %s throws comes as it is',
    (name) => {
      const thrown = new Error('a getter of the user');
      const given = Object.defineProperty({ data, shape }, name, {
        get() {
          throw thrown;
        },
      });
      expect(() => read(given)).toThrow(thrown);
      const proxy = new Proxy(
        { data, shape },
        {
          get(target, key) {
            if (key === name) throw thrown;
            return Reflect.get(target, key);
          },
        },
      );
      expect(() => read(proxy)).toThrow(thrown);
    },
  );

  test.each([
    ['float64', '"float64"'],
    [32, 'the number 32'],
    [null, 'null'],
  ])('a dtype %p that is not that of the data', (dtype, got) => {
    expect(errorOf(() => read({ data, shape, dtype }))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_DTYPE',
      message: `PSELoss.forwardSync: expected maps.dtype to be 'float32', as its data says, got ${got}`,
    });
  });

  test.each([
    [undefined, 'nothing'],
    ['1,2,3', 'the string "1,2,3"'],
    [new Int32Array(shape), 'an Int32Array of 3 elements'],
    [{ length: 3 }, 'an object'],
  ])('a shape %p that is no array', (value, got) => {
    expect(errorOf(() => read({ data, shape: value }))).toEqual({
      name: 'TypeError',
      code: 'ERR_PSE_TYPE',
      message: `PSELoss.forwardSync: expected maps.shape to be an array [N, H, W], got ${got}`,
    });
  });

  test.each([
    [[6], '[6]'],
    [[2, 3], '[2, 3] (a batch of one is [1, 2, 3])'],
    [[1, 1, 2, 3], '[1, 1, 2, 3] (leave out an axis of size 1)'],
    [[2, 2, 2, 3], '[2, 2, 2, 3]'],
    [[], '[]'],
    [[-1, -2, 3], '[-1, -2, 3]'],
    [[1, 1.5, 4], '[1, 1.5, 4]'],
    [[1, Number.NaN, 6], '[1, NaN, 6]'],
    [[1, Infinity, 0], '[1, Infinity, 0]'],
    [[1, 2 ** 53, 0], '[1, 9007199254740992, 0]'],
    [['1', 2, 3], '[the string "1", 2, 3]'],
    [[1n, 2, 3], '[the bigint 1n, 2, 3]'],
    [[Symbol('N'), 2, 3], '[a symbol, 2, 3]'],
    // biome-ignore lint/suspicious/noSparseArray: the hole is what is tried
    [[1, , 3], '[1, nothing, 3]'],
    [[{ valueOf: (): number => 1 }, 2, 3], '[an object, 2, 3]'],
  ])('the shape %p', (value, got) => {
    expect(errorOf(() => read({ data, shape: value }))).toEqual({
      name: 'RangeError',
      code: 'ERR_PSE_SHAPE',
      message: `PSELoss.forwardSync: expected maps.shape to be [N, H, W], 3 sizes of 0 or more, got ${got}`,
    });
  });

  test('a shape of any length, without reading it all', () => {
    const { message } = errorOf(() => read({ data, shape: new Array(2 ** 32 - 1) }));
    expect(message.length).toBeLessThan(200);
    expect(message).toMatch(/, …\]$/);
  });

  test('a shape that does not fit the data', () => {
    expect(errorOf(() => read({ data, shape: [1, 2, 4] }))).toEqual({
      name: 'RangeError',
      code: 'ERR_PSE_SHAPE',
      message:
        'PSELoss.forwardSync: expected maps.data to be 8 elements, as its shape [1, 2, 4] says, got 6 elements',
    });
  });

  test('a shape whose product is beyond all integers', () => {
    const huge = 2 ** 53 - 1;
    expect(errorOf(() => read({ data, shape: [huge, huge, huge] })).code).toBe('ERR_PSE_SHAPE');
  });

  test.each([[[0, 2 ** 40, 2 ** 40]], [[2 ** 53 - 1, 0, 2]]])(
    'the shape %p, whose sizes no strides can be made of',
    (sizes) => {
      expect(errorOf(() => read({ data: new Float32Array(0), shape: sizes }))).toEqual({
        name: 'RangeError',
        code: 'ERR_PSE_SHAPE',
        message: `PSELoss.forwardSync: expected maps.shape to be [N, H, W] with a product below 2^53, got [${sizes.join(', ')}]`,
      });
    },
  );

  test('a detached array, and says so', () => {
    const gone = new Float32Array(6);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    expect(errorOf(() => read({ data: gone, shape })).message).toBe(
      'PSELoss.forwardSync: expected maps.data to be 6 elements, as its shape [1, 2, 3] says, got 0 elements (a detached buffer has no elements)',
    );
  });

  test('an array that its own shape getter detaches', () => {
    const given = {
      data: new Float32Array(6),
      get shape() {
        structuredClone(this.data.buffer, { transfer: [this.data.buffer] });
        return shape;
      },
    };
    expect(errorOf(() => read(given)).code).toBe('ERR_PSE_SHAPE');
  });
});
