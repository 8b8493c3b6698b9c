// Tensors of onnxruntime-node, taken as they are: `dims` for `shape`, `type` for `dtype`, on getters of a class.
import { describe, expect, test } from '@jest/globals';
import type { Tensor } from 'onnxruntime-node';
import { readArray } from '../../../lib/arguments/array';
import type { DType } from '../../../lib/arguments/dtype';
import { numbersOf } from '../../../lib/arguments/numbers';
import { halves, type OnnxType, ort, sessionTakes, throughSession } from '../../support/onnx';

const DIMS = [1, 2, 3];
// 1.5 and −2 are 0x3e00 and 0xc000 in float16.
const TENSORS: readonly [OnnxType, () => Tensor, readonly number[]][] = [
  ['float32', () => new ort.Tensor('float32', [1.5, -2, 0, 1, 0, 1], DIMS), [1.5, -2, 0, 1, 0, 1]],
  ['float64', () => new ort.Tensor('float64', [1.5, -2, 0, 1, 0, 1], DIMS), [1.5, -2, 0, 1, 0, 1]],
  [
    'float16',
    () => new ort.Tensor('float16', halves(0x3e00, 0xc000, 0, 0x3c00, 0, 0x3c00), DIMS),
    [1.5, -2, 0, 1, 0, 1],
  ],
  ['uint8', () => new ort.Tensor('uint8', [7, 255, 0, 1, 0, 1], DIMS), [7, 255, 0, 1, 0, 1]],
  ['int32', () => new ort.Tensor('int32', [7, -2, 0, 1, 0, 1], DIMS), [7, -2, 0, 1, 0, 1]],
  ['int64', () => new ort.Tensor('int64', [7n, -2n, 0n, 1n, 0n, 1n], DIMS), [7, -2, 0, 1, 0, 1]],
  [
    'bool',
    () => new ort.Tensor('bool', [true, false, false, true, false, true], DIMS),
    [1, 0, 0, 1, 0, 1],
  ],
];

const read = (value: unknown, dtype: DType) =>
  readArray('PSELoss.forwardSync', 'maps', value, { dtypes: [dtype], axes: ['N', 'H', 'W'] });

describe.each(TENSORS)('%s', (type, make, numbers) => {
  test('made by hand', () => {
    const tensor = make();
    const taken = read(tensor, type);
    expect(taken).toEqual({ data: tensor.data, shape: DIMS, dtype: type });
    expect(taken.data).toBe(tensor.data);
    expect(Array.from(numbersOf(taken))).toEqual(numbers);
  });

  (sessionTakes(type) ? test : test.skip)('out of a session', async () => {
    const tensor = await throughSession(make());
    const taken = read(tensor, type);
    expect(taken.data).toBe(tensor.data);
    expect([taken.shape, taken.dtype]).toEqual([DIMS, type]);
    expect(Array.from(numbersOf(taken))).toEqual(numbers);
  });
});

test('of a disposed tensor, its own error is the one that comes', () => {
  const tensor = new ort.Tensor('float32', [1], [1, 1, 1]);
  tensor.dispose();
  expect(() => read(tensor, 'float32')).toThrow('The tensor is disposed.');
});
