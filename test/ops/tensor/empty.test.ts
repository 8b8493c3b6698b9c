// Tensor.empty: memory of a size, whatever lies in it.
import { describe, expect, test } from '@jest/globals';
import { Tensor } from 'pse-loss';

test('is float32 unless another dtype is asked for', () => {
  const { dtype, shape, strides, numel, byteLength, device, requiresGrad } = Tensor.empty([2, 3]);
  expect({ dtype, shape, strides, numel, byteLength, device, requiresGrad }).toEqual({
    ...{ dtype: 'float32', shape: [2, 3], strides: [3, 1], numel: 6, byteLength: 24 },
    ...{ device: 'cpu', requiresGrad: false },
  });
});

describe('has as many elements as its shape', () => {
  test.each([
    ['float64', 8, Float64Array],
    ['float16', 2, Uint16Array],
    ['bfloat16', 2, Uint16Array],
    ['uint8', 1, Uint8Array],
    ['int32', 4, Int32Array],
    ['int64', 8, BigInt64Array],
    ['bool', 1, Uint8Array],
  ] as const)('in %s', async (dtype, bytes, Elements) => {
    const tensor = Tensor.empty([3, 5], { dtype, device: 'cpu', pinned: false });
    const data = await tensor.data();
    expect([data.length, tensor.byteLength, data.constructor]).toEqual([15, 15 * bytes, Elements]);
  });

  test('also where that is none, or has no axis, or eight', () => {
    expect(Tensor.empty([0, 4]).dataSync()).toEqual(new Float32Array(0));
    expect(Tensor.empty([]).dataSync()).toHaveLength(1);
    expect(Tensor.empty([1, 2, 1, 2, 1, 2, 1, 2]).dataSync()).toHaveLength(16);
  });
});

test('does not follow the array that its shape was given in', () => {
  const shape = [2, 3];
  const tensor = Tensor.empty(shape);
  shape[0] = 9;
  expect([tensor.shape, tensor.dataSync().length]).toEqual([[2, 3], 6]);
});
