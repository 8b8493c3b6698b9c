// Tensor.from: elements of an array, of every dtype and in every dtype, copied at once.
import { describe, expect, test } from '@jest/globals';
import { type DType, type NdArray, Tensor } from 'pse-loss';
import { fromHalf, toHalf } from '../../support/half';
import { random } from '../../support/random';

/** Arrays of each dtype, with their extremes. */
const ARRAYS = {
  float32: { data: Float32Array.of(1.5, -0, Number.NaN, Infinity, 2 ** -149, 3.4e38) },
  float64: { data: Float64Array.of(1.1, -0, Number.NaN, -Infinity, 5e-324, 1.7e308) },
  float16: { data: Uint16Array.of(0x3c00, 0x8000, 0x7e00, 0x7c00, 1, 0x7bff), dtype: 'float16' },
  bfloat16: { data: Uint16Array.of(0x3f80, 0x8000, 0x7fc0, 0x7f80, 1, 0x7f7f), dtype: 'bfloat16' },
  uint8: { data: Uint8Array.of(0, 1, 2, 127, 128, 255) },
  int32: { data: Int32Array.of(0, 1, -1, 7, 2 ** 31 - 1, -(2 ** 31)) },
  int64: { data: BigInt64Array.of(0n, 1n, -1n, 7n, 2n ** 63n - 1n, -(2n ** 63n)) },
  bool: { data: Uint8Array.of(0, 1, 1, 0, 1, 0), dtype: 'bool' },
} as const;
const DTYPES = Object.keys(ARRAYS) as DType[];
const BYTES = { float32: 4, float64: 8, float16: 2, bfloat16: 2, uint8: 1, int32: 4, int64: 8 };

const arrayOf = (dtype: DType) => ({ shape: [2, 3], ...ARRAYS[dtype] }) as NdArray;

describe.each(DTYPES)('%s', (dtype) => {
  test('comes back as it was given, bit for bit', async () => {
    const array = arrayOf(dtype);
    const tensor = Tensor.from(array);
    expect(tensor.dtype).toBe(dtype);
    for (const back of [await tensor.data(), tensor.dataSync()]) {
      expect(back.constructor).toBe(array.data.constructor);
      expect(Buffer.from(back.buffer)).toEqual(Buffer.from(array.data.buffer));
      expect(back.buffer).not.toBe(array.data.buffer);
    }
  });

  test('says its sizes', () => {
    const { shape, strides, numel, byteLength, device } = Tensor.from(arrayOf(dtype));
    const bytes = dtype === 'bool' ? 1 : BYTES[dtype];
    expect({ shape, strides, numel, byteLength, device }).toEqual({
      ...{ shape: [2, 3], strides: [3, 1], numel: 6, byteLength: 6 * bytes, device: 'cpu' },
    });
  });

  test('may have one element and no axis, or none', () => {
    const { data, ...said } = ARRAYS[dtype];
    const one = Tensor.from({ data: data.slice(1, 2), shape: [], ...said } as NdArray);
    expect([one.shape, one.strides, one.numel]).toEqual([[], [], 1]);
    expect(one.dataSync()).toEqual(data.slice(1, 2));
    const none = Tensor.from({ data: data.slice(0, 0), shape: [3, 0, 2], ...said } as NdArray);
    expect([none.strides, none.numel, none.byteLength]).toEqual([[2, 2, 1], 0, 0]);
    expect(none.dataSync()).toEqual(data.slice(0, 0));
  });
});

describe('data', () => {
  test('may be a bare array, whose dtype its class says, of one axis unless it is told', () => {
    expect(Tensor.from(Float64Array.of(1, 2)).shape).toEqual([2]);
    expect(Tensor.from(new Int32Array(6), { shape: [3, 2] }).strides).toEqual([2, 1]);
    expect(Tensor.from(BigInt64Array.of(4n), { shape: [] }).itemSync()).toBe(4);
    const bits = Tensor.from(Uint16Array.of(0x4000), { dtype: 'float16' });
    expect([bits.dtype, bits.itemSync()]).toEqual(['float16', 2]);
    const truth = Tensor.from(Uint8Array.of(0, 7), { dtype: 'bool' });
    expect([truth.dtype, truth.dataSync()]).toEqual(['bool', Uint8Array.of(0, 1)]);
  });

  test('may come in the words of onnxruntime', () => {
    const tensor = Tensor.from({ data: Uint16Array.of(0x3f80, 0), dims: [1, 2], type: 'bfloat16' });
    expect([tensor.dtype, tensor.shape, tensor.dataSync()[0]]).toEqual([
      'bfloat16',
      [1, 2],
      0x3f80,
    ]);
  });

  test('may be a window of a larger buffer', () => {
    const whole = Float32Array.of(9, 1, 2, 9);
    expect(Tensor.from(whole.subarray(1, 3)).dataSync()).toEqual(Float32Array.of(1, 2));
    const bytes = Uint8Array.of(9, 9, 9, 1, 0, 5);
    const array = { data: bytes.subarray(3), shape: [3], dtype: 'bool' } as const;
    expect(Tensor.from(array).dataSync()).toEqual(Uint8Array.of(1, 0, 1));
  });

  test.each([ArrayBuffer, SharedArrayBuffer])('in %p is copied at once', async (Memory) => {
    const data = new Float32Array(new Memory(8));
    data.set([1, 2]);
    const tensors = [Tensor.from(data), Tensor.from(data, { dtype: 'float64' })];
    data.fill(7);
    for (const tensor of tensors) expect([...(await tensor.data())]).toEqual([1, 2]);
  });

  test('may lose its buffer afterwards', async () => {
    const data = Float32Array.of(1, 2);
    const tensor = Tensor.from(data);
    structuredClone(data.buffer, { transfer: [data.buffer] });
    expect([data.length, await tensor.data()]).toEqual([0, Float32Array.of(1, 2)]);
  });
});

test('what comes out is nobody else’s', async () => {
  const tensor = Tensor.from(Float32Array.of(1, 2));
  tensor.dataSync().fill(9);
  (await tensor.data()).fill(9);
  expect(tensor.dataSync()).toEqual(Float32Array.of(1, 2));
});

describe('a dtype that is asked for', () => {
  const draw = random(71);
  const numbers = Float64Array.from({ length: 500 }, () => draw.normal(0, 40));
  const small = Uint8Array.from({ length: 64 }, (_, i) => i);

  test.each(['float16', 'bfloat16'] as const)(
    '%s is rounded to nearest from float64, ties to even',
    (dtype) => {
      // Of float32 values, so that nothing is rounded twice; 2049 and 257 lie between two neighbours.
      const floats = Float32Array.from([...numbers, 2049, 257, 70000, 1e-8, -0]);
      const bits = Tensor.from(floats, { dtype }).dataSync();
      expect(bits).toEqual(Uint16Array.from(floats, (value) => toHalf(value, dtype)));
      const back = Tensor.from(bits, { dtype }).to({ dtype: 'float32' }).dataSync();
      expect(back).toEqual(Float32Array.from(bits, (half) => fromHalf(half, dtype)));
    },
  );

  test.each(DTYPES.filter((dtype) => dtype !== 'bool'))('%s holds small numbers exactly', (to) => {
    for (const data of [small, Int32Array.from(small), Float64Array.from(small)]) {
      const tensor = Tensor.from(data, { dtype: to });
      expect(tensor.dtype).toBe(to);
      expect(tensor.to({ dtype: 'uint8' }).dataSync()).toEqual(small);
    }
  });

  test('float32 is rounded, whole numbers are cut, bool is whatever is not 0', () => {
    expect(Tensor.from(numbers, { dtype: 'float32' }).dataSync()).toEqual(
      Float32Array.from(numbers),
    );
    expect(Tensor.from(numbers, { dtype: 'int32' }).dataSync()).toEqual(Int32Array.from(numbers));
    const mixed = Float32Array.of(0, -0, 0.25, -3, Number.NaN);
    expect(Tensor.from(mixed, { dtype: 'bool' }).dataSync()).toEqual(Uint8Array.of(0, 0, 1, 1, 1));
    const large = BigInt64Array.of(2n ** 53n + 1n, -5n);
    expect(Tensor.from(large, { dtype: 'float64' }).dataSync()).toEqual(
      Float64Array.of(2 ** 53, -5),
    );
  });

  test('bytes of bool count as 0 and 1', () => {
    const array = { data: Uint8Array.of(0, 255, 2), shape: [3], dtype: 'bool' } as const;
    expect(Tensor.from(array, { dtype: 'int64' }).dataSync()).toEqual(BigInt64Array.of(0n, 1n, 1n));
  });
});
