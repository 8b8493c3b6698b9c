// to, detach and clone: which of them share memory, and which carry the gradient on.
import { describe, expect, test } from '@jest/globals';
import { type DType, Tensor } from 'pse-loss';
import { random } from '../../support/random';

const FLOATING = ['float32', 'float64', 'float16', 'bfloat16'] as const;
const WHOLE = ['uint8', 'int32', 'int64', 'bool'] as const;

/** Whether a change of what one shows is seen in the other: gradients are added up in place. */
function sharesMemory(make: (tensor: Tensor<'float32'>) => Tensor): boolean {
  const leaf = Tensor.from(Float32Array.of(0), { requiresGrad: true });
  const backward = () => leaf.backwardSync();
  backward();
  const grad = leaf.grad!;
  const other = make(grad);
  expect(other.itemSync()).toBe(1);
  backward();
  expect(grad.itemSync()).toBe(2);
  return other.itemSync() === 2;
}

describe('to', () => {
  test('shares its memory where neither dtype nor device changes', () => {
    expect(sharesMemory((tensor) => tensor.to({}))).toBe(true);
    expect(sharesMemory((tensor) => tensor.to({ dtype: 'float32', device: 'cpu' }))).toBe(true);
    expect(sharesMemory((tensor) => tensor.to({ dtype: undefined, nonBlocking: true }))).toBe(true);
  });

  test('copies where the dtype changes', () => {
    expect(sharesMemory((tensor) => tensor.to({ dtype: 'float64' }))).toBe(false);
  });

  test('is a handle of its own, which lives on when the other is disposed of', () => {
    const tensor = Tensor.from(Float32Array.of(5));
    const same = tensor.to({});
    expect(same).not.toBe(tensor);
    tensor.dispose();
    expect([same.disposed, same.itemSync()]).toEqual([false, 5]);
  });

  test.each(FLOATING)('%s carries the gradient on, and back in the dtype of the leaf', (dtype) => {
    const leaf = Tensor.from(Float64Array.of(0.5, -2), { requiresGrad: true });
    const moved = leaf.to({ dtype });
    expect([moved.dtype, moved.requiresGrad]).toEqual([dtype, true]);
    moved.backwardSync(Tensor.from(Float64Array.of(3, 0.25), { dtype }));
    expect(leaf.grad?.dtype).toBe('float64');
    expect(leaf.grad?.dataSync()).toEqual(Float64Array.of(3, 0.25));
  });

  test.each(WHOLE)('%s has no gradient', (dtype) => {
    const leaf = Tensor.from(Float32Array.of(1), { requiresGrad: true });
    expect(leaf.to({ dtype }).requiresGrad).toBe(false);
  });

  test('keeps the gradient of a chain, however long', () => {
    const leaf = Tensor.from(Float32Array.of(1), { requiresGrad: true });
    const far = leaf.to({ dtype: 'float64' }).clone().to({}).to({ dtype: 'float32' });
    far.backwardSync();
    expect(leaf.grad?.itemSync()).toBe(1);
    expect(far.grad).toBe(null);
  });

  test('converts many elements as one', async () => {
    const draw = random(72);
    const data = Float64Array.from({ length: 100_000 }, () => draw.normal(0, 100));
    const floats = Tensor.from(data).to({ dtype: 'float32' });
    expect(await floats.data()).toEqual(Float32Array.from(data));
  });
});

describe('detach', () => {
  test('shares its memory and stands outside the graph', () => {
    expect(sharesMemory((tensor) => tensor.detach())).toBe(true);
    const leaf = Tensor.from(Float32Array.of(1, 2), { requiresGrad: true });
    const outside = leaf.detach();
    expect([outside.requiresGrad, outside.shape, outside.dtype]).toEqual([false, [2], 'float32']);
    expect(outside.clone().requiresGrad).toBe(false);
  });
});

describe('clone', () => {
  test('has memory of its own', () => {
    expect(sharesMemory((tensor) => tensor.clone())).toBe(false);
  });

  test('carries the gradient on', () => {
    const leaf = Tensor.from(Float32Array.of(1, 2), { requiresGrad: true });
    const copy = leaf.clone();
    expect(copy.requiresGrad).toBe(true);
    copy.backwardSync(Tensor.from(Float32Array.of(3, 4)));
    expect(leaf.grad?.dataSync()).toEqual(Float32Array.of(3, 4));
  });

  test.each([...FLOATING, ...WHOLE])('has the bits of %s', (dtype: DType) => {
    const tensor = Tensor.from(Uint8Array.of(0, 1, 1, 0), { dtype, shape: [2, 2] });
    const copy = tensor.clone();
    expect([copy.dtype, copy.shape, copy.strides]).toEqual([dtype, [2, 2], [2, 1]]);
    expect(copy.dataSync()).toEqual(tensor.dataSync());
  });
});
